/**
 * What a kubelet says of its node, and when it says so (kubelet `kubelet_node_status.go`, `nodestatus/setters.go`). Pure, but for the one-off
 * random delay that is handed in.
 *
 * Nothing is reserved here: allocatable equals capacity, with `pods` at most maxPods. Consequence: a scenario that wants room for system daemons
 * writes a smaller capacity. Memory, disk and process pressure never arise, because usage is not modelled; the conditions are reported False.
 */
import type { Node, NodeCondition, NodeImage, NodeStatus, ResourceList } from "../api/kinds/node.ts";
import { LABEL_HOSTNAME } from "../api/kinds/node.ts";
import { conditionOf, type Labels, newMeta } from "../api/object.ts";
import { wholeValue } from "../api/quantity.ts";
import { encodedBytes } from "../api/size.ts";
import { type Duration, type Instant, seconds, wholeSecond } from "../base/units.ts";
import { sameValue } from "./equality.ts";
import { imagesOfSize } from "./node-images.ts";
import type { KubeletSettings, NodeDescription } from "./settings.ts";

/** Why a node is not ready, or undefined when it is (`runtime.go`, runtimeErrors and networkErrors). */
export type Unreadiness = "runtime-unknown" | "runtime-down" | "network" | undefined;

/** The runtime is taken for down when it has not answered for this long (`maxWaitForContainerRuntime`). */
export const RUNTIME_SILENCE = seconds(30);

const MESSAGES: Readonly<Record<Exclude<Unreadiness, undefined>, string>> = {
  "runtime-unknown": "[container runtime status check may not have completed yet]",
  "runtime-down": "container runtime is down",
  network:
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
};

/** A condition as the kubelet decides it, before its times. */
interface Verdict {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

const PRESSURES: readonly Verdict[] = [
  verdict("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
  verdict("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
  verdict("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
];
const READY = verdict("Ready", "True", "KubeletReady", "kubelet is posting ready status");
const VERDICTS = new Map<Unreadiness, readonly Verdict[]>([[undefined, [...PRESSURES, READY]]]);
for (const [why, message] of Object.entries(MESSAGES))
  VERDICTS.set(why as Unreadiness, [...PRESSURES, verdict("Ready", "False", "KubeletNotReady", message)]);

/** The part of a node's status that never changes: made once for each capacity, which the nodes of a pool share. */
export interface FixedStatus {
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly images: readonly NodeImage[] | undefined;
}

const FIXED = new WeakMap<ResourceList, FixedStatus>();

/** The machine's capacity, with no more pods than the kubelet's maxPods, and the images that make its Node as large as it shall be. */
export function fixedStatus(capacity: ResourceList, maxPods: number, nodeSize = 0, name = ""): FixedStatus {
  const pods = String(Math.min(maxPods, wholeValue(capacity["pods"] ?? String(maxPods))));
  const known = FIXED.get(capacity);
  if (known?.capacity["pods"] === pods) return known;
  const own = { ...capacity, pods };
  const bare: FixedStatus = { capacity: own, allocatable: own, images: undefined };
  const made = nodeSize === 0 ? bare : { ...bare, images: imagesOfSize(nodeSize - sizeWithoutImages(name, bare)) };
  FIXED.set(capacity, made);
  return made;
}

/** Whether the kubelet would change anything but the times of heartbeats. Allocates nothing: it runs every ten seconds on every node. */
export function statusChanged(status: NodeStatus, fixed: FixedStatus, why: Unreadiness): boolean {
  if (status.capacity !== fixed.capacity && !sameValue(status.capacity, fixed.capacity)) return true;
  if (status.allocatable !== fixed.allocatable && !sameValue(status.allocatable, fixed.allocatable)) return true;
  for (const own of VERDICTS.get(why)!) {
    const stored = conditionOf(status.conditions, own.type);
    if (stored?.status !== own.status || stored.reason !== own.reason || stored.message !== own.message) return true;
  }
  return false;
}

/** The stored status with the kubelet's own say: its conditions first, others' after them as they were. */
export function updatedStatus(stored: NodeStatus, fixed: FixedStatus, why: Unreadiness, now: Instant): NodeStatus {
  const heartbeat = wholeSecond(now);
  const own = VERDICTS.get(why)!.map((each): NodeCondition => {
    const before = conditionOf(stored.conditions, each.type);
    const since = before?.status === each.status ? before.lastTransitionTime : undefined;
    return {
      type: each.type,
      status: each.status,
      lastHeartbeatTime: heartbeat,
      lastTransitionTime: since ?? heartbeat,
      reason: each.reason,
      message: each.message,
    };
  });
  const foreign = stored.conditions?.filter((each) => !own.some(({ type }) => type === each.type)) ?? [];
  return {
    capacity: fixed.capacity,
    allocatable: fixed.allocatable,
    conditions: foreign.length > 0 ? [...foreign, ...own] : own,
    ...(stored.addresses && { addresses: stored.addresses }),
    ...(stored.nodeInfo && { nodeInfo: stored.nodeInfo }),
    ...(fixed.images && { images: fixed.images }),
  };
}

/**
 * Whether a computed status is written: something changed, or the report period has passed since the last report, lengthened or shortened
 * by the one-off delay.
 */
export const shouldReport = (changed: boolean, sinceReport: Duration, period: Duration, delay: Duration): boolean =>
  changed || sinceReport >= period + delay;

/** The delay after a change: uniform in half a period either way, so that nodes that changed together report apart. `unit` in [0, 1). */
export const delayAfterChange = (period: Duration, unit: number): Duration =>
  Math.trunc(period * (unit - 0.5)) as Duration;

/** The Node that a kubelet registers. Its runtime has not been looked at yet, so it starts out not ready. */
export function initialNode(description: NodeDescription, settings: KubeletSettings, now: Instant): Node {
  const { name, registerWithTaints } = description;
  const bare = { addresses: [{ type: "Hostname", address: name }], nodeInfo: NODE_INFO };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: newMeta({ name, labels: ownLabels(description) }),
    spec: registerWithTaints.length > 0 ? { taints: registerWithTaints } : {},
    status: updatedStatus(
      bare,
      fixedStatus(description.capacity, settings.maxPods, settings.nodeSize, name),
      "runtime-unknown",
      now,
    ),
  };
}

/** Of a Node that is ready. Labels that a pool adds are not counted. */
function sizeWithoutImages(name: string, fixed: FixedStatus): number {
  const addresses = [{ type: "Hostname", address: name }];
  const node: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: newMeta({ name, uid: "0".repeat(36), labels: ownLabels({ name, labels: {} }) }),
    spec: {},
    status: updatedStatus({ addresses, nodeInfo: NODE_INFO }, fixed, undefined, 0 as Instant),
  };
  return encodedBytes(node);
}

const NODE_INFO = { operatingSystem: "linux", architecture: "amd64", containerRuntimeVersion: "containerd" };

/** What the kubelet puts on its node by itself, and what it was told to. */
export const ownLabels = ({ name, labels }: Pick<NodeDescription, "name" | "labels">): Labels => ({
  "kubernetes.io/arch": "amd64",
  [LABEL_HOSTNAME]: name,
  "kubernetes.io/os": "linux",
  ...labels,
});

/** A node that exists already, brought in line with this kubelet: its labels and resources. The same object when nothing is off. */
export function reconciledNode(stored: Node, description: NodeDescription): Node {
  const wanted = ownLabels(description);
  const have = stored.metadata.labels ?? {};
  if (Object.keys(wanted).every((key) => have[key] === wanted[key])) return stored;
  return { ...stored, metadata: { ...stored.metadata, labels: { ...have, ...wanted } } };
}

function verdict(type: string, status: "True" | "False", reason: string, message: string): Verdict {
  return { type, status, reason, message };
}
