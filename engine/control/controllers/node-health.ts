/**
 * Whether a node is alive, judged from two signs: a new status from its kubelet, or a lease renewed (`tryUpdateNodeHealth` of
 * `pkg/controller/nodelifecycle/node_lifecycle_controller.go`). Pure. Either sign alone keeps a node alive.
 *
 * Nothing that a node writes is compared with a clock; what counts is when this controller first saw it, on its own monotonic clock. The one
 * exception is a node that has never posted a status: it is as old as its creationTimestamp says. An oddity is kept: a new status makes
 * the saved lease forgotten, so the next pass takes the same lease for news, and a dead node lives one pass longer.
 */
import type { Lease } from "../../api/kinds/lease.ts";
import { type Node, type NodeCondition, type NodeStatus, readyCondition } from "../../api/kinds/node.ts";
import { conditionOf } from "../../api/object.ts";
import type { Duration, Instant } from "../../base/units.ts";
import { wholeSecond } from "../../base/units.ts";

/** What the controller remembers of a node. Times are readings of its monotonic clock. */
export interface NodeHealth {
  /** The status looked at last, by reference: when it comes again, there is nothing to compare. */
  readonly seen: NodeStatus;
  /** Ready as it stands in `seen`. */
  readonly current: NodeCondition | undefined;
  /** Ready when the kubelet last reported: what the next report is compared with. */
  readonly saved: NodeCondition | undefined;
  /** The last sign of life. */
  readonly probe: Instant;
  readonly readyTransition: Instant;
  readonly lease: Lease | undefined;
}

/** What the controller's two clocks say. */
export interface Reading {
  readonly now: Instant;
  readonly monotonic: Instant;
}

/** The health after a look at node and lease. The same object when neither is new. */
export function observed(
  before: NodeHealth | undefined,
  node: Node,
  lease: Lease | undefined,
  at: Reading,
): NodeHealth {
  if (before !== undefined && before.seen === node.status && before.lease === lease) return before;
  const current = before?.seen === node.status ? before.current : readyCondition(node);
  const kept = before !== undefined && !isReplaced(before, current);
  const renewed = isRenewed(before?.lease, lease);
  const fresh = current === undefined && before === undefined ? sinceCreation(node, at) : at.monotonic;
  return {
    seen: node.status,
    current,
    saved: kept && current !== undefined ? before.saved : current,
    probe: renewed ? at.monotonic : kept ? before.probe : fresh,
    readyTransition: kept || isSameTransition(before?.saved, current) ? before!.readyTransition : fresh,
    lease: renewed ? lease : kept ? before.lease : undefined,
  };
}

/** A status with Ready that is not the one known: the first of its kind, or with another heartbeat, be it an older one. */
const isReplaced = ({ saved }: NodeHealth, current: NodeCondition | undefined): boolean =>
  current !== undefined && (saved === undefined || saved.lastHeartbeatTime !== current.lastHeartbeatTime);

const isSameTransition = (saved: NodeCondition | undefined, current: NodeCondition | undefined): boolean =>
  saved !== undefined && current !== undefined && saved.lastTransitionTime === current.lastTransitionTime;

/** Only forward: a renewTime that went back is no sign of life. */
function isRenewed(saved: Lease | undefined, lease: Lease | undefined): boolean {
  if (lease === undefined || saved === lease) return false;
  if (saved === undefined) return true;
  const [before, after] = [saved.spec.renewTime, lease.spec.renewTime];
  return before !== undefined && after !== undefined && before < after;
}

/** The node's creation, which an API server's clock wrote down, as a reading of ours. */
const sinceCreation = (node: Node, { now, monotonic }: Reading): Instant =>
  (monotonic - (now - node.metadata.creationTimestamp)) as Instant;

/** Silent for longer than the grace: strictly, so that a node is alive at the very end of it. */
export const isExpired = (health: NodeHealth, grace: Duration, monotonic: Instant): boolean =>
  monotonic > health.probe + grace;

/** Ready as a pass begins with it: a node without the condition counts as Unknown. */
export const observedStatus = (health: NodeHealth): NodeCondition["status"] => health.current?.status ?? "Unknown";

/**
 * The status of a silent node: Ready and the pressures are Unknown. Undefined when Ready is Unknown already, for then nothing is written,
 * whatever the others say.
 */
export function unknownStatus(node: Node, now: Instant): NodeStatus | undefined {
  if (readyCondition(node)?.status === "Unknown") return undefined;
  const lastTransitionTime = wholeSecond(now);
  const conditions = (node.status.conditions ?? []).map((condition) =>
    JUDGED.includes(condition.type) && condition.status !== "Unknown"
      ? { ...condition, ...STOPPED, lastTransitionTime }
      : condition,
  );
  const lastHeartbeatTime = node.metadata.creationTimestamp;
  for (const type of JUDGED)
    if (!conditionOf(conditions, type))
      conditions.push({ type, ...NEVER_POSTED, lastHeartbeatTime, lastTransitionTime });
  return { ...node.status, conditions };
}

/** NetworkUnavailable is not among them: the control plane looks after that one. */
const JUDGED: readonly string[] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];
const STOPPED = {
  status: "Unknown",
  reason: "NodeStatusUnknown",
  message: "Kubelet stopped posting node status.",
} as const;
const NEVER_POSTED = {
  status: "Unknown",
  reason: "NodeStatusNeverUpdated",
  message: "Kubelet never posted node status.",
} as const;

/** The health after the controller itself has written that status. */
export function declaredUnknown(
  health: NodeHealth,
  status: NodeStatus,
  lease: Lease | undefined,
  monotonic: Instant,
): NodeHealth {
  const ready = conditionOf(status.conditions, "Ready");
  return { seen: status, current: ready, saved: ready, probe: health.probe, readyTransition: monotonic, lease };
}

/** The health when a node gets a new chance, after all zones were lost. */
export const pardoned = (health: NodeHealth, monotonic: Instant): NodeHealth => ({
  ...health,
  probe: monotonic,
  readyTransition: monotonic,
});
