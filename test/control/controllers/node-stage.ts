/**
 * Controllers that deal with nodes, at work on a hub without a network and with as many requests as they like. Nodes renew their leases every ten
 * seconds until they are cut off.
 */
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import { LABEL_ZONE, type Node, type NodeCondition } from "../../../engine/api/kinds/node.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import { type KubeObject, keyOf, newMeta } from "../../../engine/api/object.ts";
import type { Taint } from "../../../engine/api/taint.ts";
import { type Duration, type Instant, seconds } from "../../../engine/base/units.ts";
import type { ClientOptions } from "../../../engine/client/client.ts";
import type { Controller } from "../../../engine/client/controller.ts";
import { sharedInformers } from "../../../engine/client/informer.ts";
import type { ControllerManagerSettings } from "../../../engine/control/settings.ts";
import { CONTROLLER_MANAGER } from "../../../engine/experiment/scenario/defaults.ts";
import { stage } from "../../client/stage.ts";
import type { TinyHub } from "../../client/tiny-hub.ts";

/** Passes whose work takes no time, so that ticks are whole seconds apart. */
const NO_TIME = { nodeMonitorPassTime: 0 as Duration, nodeMonitorPassTimePerNode: 0 as Duration };

export const at = (second: number): Instant => seconds(second) as number as Instant;

export const readyNode = (name: string, zone = "a", status: NodeCondition["status"] = "True", heartbeat = 0): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: newMeta({ name, labels: { [LABEL_ZONE]: zone } }),
  spec: {},
  status: {
    conditions: [{ type: "Ready", status, lastHeartbeatTime: at(heartbeat), lastTransitionTime: at(heartbeat) }],
  },
});

export const tainted = (node: Node, ...taints: Taint[]): Node => ({ ...node, spec: { ...node.spec, taints } });

export const nodeLease = (name: string, renewTime: Instant): Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: newMeta({ name, namespace: "kube-node-lease" }),
  spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
});

export const podOn = (node: string | undefined, name: string, extra: Partial<Pod["spec"]> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: newMeta({ name, namespace: "default" }),
  spec: { containers: [{ name: "c" }], ...(node !== undefined && { nodeName: node }), ...extra },
  status: { phase: "Running", conditions: [{ type: "Ready", status: "True", lastTransitionTime: at(0) }] },
});

/** The tolerations that every pod gets by default. */
export const FIVE_MINUTES: Partial<Pod["spec"]> = {
  tolerations: [
    { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
  ],
};

export interface NodeStage {
  readonly hub: TinyHub;
  /** Events of Kubernetes, as `12s Reason about`. */
  readonly events: string[];
  /** What was told, as `12s zone.changed`. */
  readonly told: string[];
  readonly detailOf: (kind: string) => readonly unknown[];
  start(...controllers: readonly Controller<ControllerManagerSettings>[]): { kill(): void };
  /** Registers nodes that renew their leases at every tenth second from now on. */
  live(...nodes: readonly Node[]): void;
  cut(...names: readonly string[]): void;
  until(second: number): void;
  node(name: string): Node;
  taints(name: string): readonly string[];
  /** When something first became true of the hub, in seconds, looking every `step` seconds up to `end`. */
  firstSecond(end: number, step: number, holds: () => boolean): number | undefined;
}

export function nodeStage(
  settings: Partial<ControllerManagerSettings> = {},
  clientOptions: Partial<ClientOptions> = {},
): NodeStage {
  const { hub, kernel, until, daemon, client, told, events: traced } = stage();
  const kubelets = daemon("kubelets");
  const events: string[] = [];
  const alive = new Set<string>();
  const clock = () => kernel.now / 1_000_000;
  const beat = (name: string) => {
    if (!alive.has(name)) return;
    hub.put(nodeLease(name, kernel.now));
    kubelets.after(seconds(10), () => beat(name));
  };
  const node = (name: string) => hub.get<Node>("Node", name)!;
  return {
    hub,
    events,
    told,
    detailOf: (kind) => traced.filter((event) => event.kind === kind).map(({ detail }) => detail),
    start(...controllers) {
      const manager = daemon("kube-controller-manager");
      const informers = sharedInformers(manager, client(manager));
      const recorder = {
        event: (about: KubeObject, _: string, reason: string) =>
          void events.push(`${clock()}s ${reason} ${keyOf(about)}`),
      };
      for (const controller of controllers)
        controller.start({
          daemon: manager,
          client: client(manager, clientOptions),
          informers,
          events: recorder,
          settings: { ...CONTROLLER_MANAGER, ...NO_TIME, controllers: [], ...settings },
        });
      informers.start();
      return { kill: () => manager.scope.kill() };
    },
    live(...nodes) {
      for (const each of nodes) {
        alive.add(each.metadata.name);
        hub.put(each);
        beat(each.metadata.name);
      }
    },
    cut(...names) {
      for (const name of names) alive.delete(name);
    },
    until: (second) => until(seconds(second)),
    node,
    taints: (name) => (node(name).spec.taints ?? []).map(({ key, effect }) => `${key.split("/").at(-1)}:${effect}`),
    firstSecond(end, step, holds) {
      for (let now = Math.ceil(clock() / step) * step; now <= end; now += step) {
        until(seconds(now));
        if (holds()) return Math.round(now * 1000) / 1000;
      }
      return undefined;
    },
  };
}
