/**
 * Controllers at work on a hub without a network, and a kubelet that makes every new pod ready after a while. Objects are stamped with
 * creation times and generations as an API server would; a deleted pod is gone at once.
 */

import type { Deployment } from "../../../engine/api/kinds/deployment.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { Kinds } from "../../../engine/api/kinds/registry.ts";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { type KubeObject, keyOf } from "../../../engine/api/object.ts";
import { type Duration, seconds, wholeSecond } from "../../../engine/base/units.ts";
import type { ClientOptions } from "../../../engine/client/client.ts";
import type { Controller } from "../../../engine/client/controller.ts";
import { sharedInformers } from "../../../engine/client/informer.ts";
import type { ControllerManagerSettings } from "../../../engine/control/settings.ts";
import { CONTROLLER_MANAGER } from "../../../engine/experiment/scenario/defaults.ts";
import { stage } from "../../client/stage.ts";
import type { TinyHub } from "../../client/tiny-hub.ts";

export interface WorkloadStage {
  readonly hub: TinyHub;
  /** Events, as `Reason: message`. */
  readonly events: string[];
  /** Whether a pod that has just been created becomes ready, and after how long. Default: each, after two seconds. */
  becomesReady: (pod: Pod) => Duration | undefined;
  start(...controllers: readonly Controller<ControllerManagerSettings>[]): void;
  until(second: number): void;
  list<K extends keyof Kinds>(kind: K): Kinds[K][];
  pods(): Pod[];
  sets(): ReplicaSet[];
  deployment(): Deployment;
  /** Changes an object as a person would. */
  edit<T extends KubeObject>(object: T, change: (object: T) => T): T;
}

export function workloadStage(
  settings: Partial<ControllerManagerSettings> = {},
  clientOptions: Partial<ClientOptions> = {},
): WorkloadStage {
  const { hub, kernel, until, daemon, client } = stage();
  const kubelet = daemon("kubelet");
  const events: string[] = [];
  const put = hub.put.bind(hub);
  const names = new Map<string, KubeObject>();
  const list = <K extends keyof Kinds>(kind: K): Kinds[K][] =>
    [...names.values()].filter((object) => object.kind === kind).map((object) => hub.get(kind, keyOf(object))!);

  const played: WorkloadStage = {
    hub,
    events,
    becomesReady: () => seconds(2),
    start(...controllers) {
      const manager = daemon("kube-controller-manager");
      const informers = sharedInformers(manager, client(manager));
      const recorder = {
        event: (_: KubeObject, __: string, reason: string, message: string) =>
          void events.push(`${reason}: ${message}`),
      };
      for (const controller of controllers)
        controller.start({
          daemon: manager,
          client: client(manager, clientOptions),
          informers,
          events: recorder,
          settings: { ...CONTROLLER_MANAGER, controllers: [], ...settings },
        });
      informers.start();
    },
    until: (second) => until(seconds(second)),
    list,
    pods: () => list("Pod"),
    sets: () => list("ReplicaSet"),
    deployment: () => list("Deployment")[0]!,
    edit: (object, change) => hub.put(change(hub.get(object.kind, keyOf(object))!)),
  };

  hub.put = <T extends KubeObject>(object: T): T => {
    const old = hub.get<T>(object.kind, keyOf(object));
    const stored = put(stamped(object, old, wholeSecond(kernel.now)));
    names.set(`${object.kind}|${keyOf(object)}`, stored);
    if (!old && stored.kind === "Pod") run(stored as unknown as Pod);
    return stored;
  };
  const remove = hub.remove.bind(hub);
  hub.remove = (kind, key) => {
    names.delete(`${kind}|${key}`);
    return remove(kind, key);
  };
  const run = (pod: Pod) => {
    const delay = played.becomesReady(pod);
    if (delay === undefined) return;
    kubelet.after(delay, () => {
      const stored = hub.get<Pod>("Pod", keyOf(pod));
      if (!stored) return;
      const lastTransitionTime = wholeSecond(kernel.now);
      const conditions = [{ type: "Ready", status: "True" as const, lastTransitionTime }];
      hub.put<Pod>({ ...stored, spec: { ...stored.spec, nodeName: "n1" }, status: { phase: "Running", conditions } });
    });
  };
  return played;
}

interface WithSpec extends KubeObject {
  readonly spec?: unknown;
}

function stamped<T extends WithSpec>(
  object: T,
  old: T | undefined,
  now: KubeObject["metadata"]["creationTimestamp"],
): T {
  const { generation = 0, creationTimestamp } = old?.metadata ?? { creationTimestamp: now };
  const changed = old?.spec === undefined || JSON.stringify(old.spec) !== JSON.stringify(object.spec);
  const metadata = { ...object.metadata, creationTimestamp, generation: changed ? generation + 1 : generation };
  return { ...object, metadata };
}
