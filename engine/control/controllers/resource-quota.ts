/**
 * Counts what the objects of a namespace use of its quotas and writes it into their status: when a quota changes, when something that counts goes away or ends, and
 * every five minutes (`pkg/controller/resourcequota/resource_quota_controller.go`). The API server charges what is created by itself.
 */

import { isTerminal, type Pod } from "../../api/kinds/pod.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { ResourceQuota } from "../../api/kinds/resource-quota.ts";
import { type KubeObject, keyOf } from "../../api/object.ts";
import { milliValue } from "../../api/quantity.ts";
import { COUNTED_KINDS, countName, formatAmount, usageOf } from "../../api/usage.ts";
import { minutes } from "../../base/units.ts";
import { controller, done, requeueAfter } from "../../client/controller.ts";
import type { ControllerManagerSettings } from "../settings.ts";

/** `--resource-quota-sync-period`. */
const RESYNC = minutes(5);
const NAMESPACE = "resource-quota/namespace";

export const resourceQuota = controller<ControllerManagerSettings>({
  name: "resourcequota",
  reconciles: "ResourceQuota",
  workers: () => 5, // KCM resourcequota, ConcurrentResourceQuotaSyncs
  setup({ informers, queue }) {
    const quotas = informers.of("ResourceQuota");
    quotas.addIndex(NAMESPACE, namespaceOf);
    const freed = (object: KubeObject) => {
      for (const quota of quotas.indexed(NAMESPACE, namespaceOf(object))) queue.add(keyOf(quota));
    };
    for (const kind of COUNTED_KINDS)
      informers.of(kind).onChange({
        updated: (old: KubeObject, object: KubeObject) => {
          if (kind === "Pod" && isTerminal(object as Pod) && !isTerminal(old as Pod)) freed(object);
        },
        deleted: freed,
      });
  },
  *reconcile(key, { informers, client }) {
    const quota = informers.of("ResourceQuota").get(key);
    if (!quota) return done();
    const objects = COUNTED_KINDS.flatMap((kind) => {
      const counts = countsOf(quota, kind);
      return counts ? inNamespace(informers.of(kind).list(), namespaceOf(quota)) : [];
    });
    const status = { hard: quota.spec.hard ?? {}, used: used(quota, objects) };
    if (!same(quota.status, status)) yield* client.updateStatus("ResourceQuota", { ...quota, status });
    return requeueAfter(RESYNC);
  },
});

const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? "";

const inNamespace = (objects: readonly KubeObject[], namespace: string): readonly KubeObject[] =>
  objects.filter((object) => namespaceOf(object) === namespace);

const countsOf = ({ spec }: ResourceQuota, kind: KindName): boolean =>
  Object.keys(spec.hard ?? {}).some((name) => (name.startsWith("count/") ? name === countName(kind) : kind === "Pod"));

/** What these objects use of each resource that the quota names; nothing is written as 0. */
export function used({ spec }: ResourceQuota, objects: readonly KubeObject[]): Readonly<Record<string, string>> {
  const names = Object.keys(spec.hard ?? {});
  const sums = new Map(names.map((name) => [name, 0]));
  for (const object of objects)
    for (const [name, amount] of usageOf(object, names)) sums.set(name, sums.get(name)! + amount);
  return Object.fromEntries([...sums].map(([name, amount]) => [name, formatAmount(name, amount)]));
}

/** By amount: `0.5` is `500m`. */
function same(stored: ResourceQuota["status"], counted: Required<ResourceQuota["status"]>): boolean {
  const equal = (a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>>) =>
    Object.keys(a).length === Object.keys(b).length &&
    Object.entries(b).every(([name, amount]) => a[name] !== undefined && milliValue(a[name]) === milliValue(amount));
  return equal(stored.hard, counted.hard) && equal(stored.used, counted.used);
}
