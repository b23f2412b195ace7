/**
 * The taints that say a node is in trouble: which it should have, and writing them (`AddOrUpdateTaintOnNode`, `RemoveTaintOffNode` of
 * `pkg/controller/controller_utils.go`, `SwapNodeControllerTaint` of `pkg/controller/util/node`).
 *
 * Each write reads the node first, from the API server's cache and after a conflict from the store, and is refused when the node has changed
 * since. So a taint costs two requests, and exchanging one for another costs four.
 */
import { conflict, isApiError } from "../../api/error.ts";
import type { Node, NodeCondition } from "../../api/kinds/node.ts";
import {
  TAINT_DISK_PRESSURE,
  TAINT_MEMORY_PRESSURE,
  TAINT_NETWORK_UNAVAILABLE,
  TAINT_NOT_READY,
  TAINT_PID_PRESSURE,
  TAINT_UNREACHABLE,
  TAINT_UNSCHEDULABLE,
  type Taint,
} from "../../api/taint.ts";
import type { ReadOptions } from "../../api/wire.ts";
import { wholeSecond } from "../../base/units.ts";
import type { Client } from "../../client/client.ts";
import { retryOnConflict, TAINT_BACKOFF } from "../../client/retry.ts";
import type { Process } from "../../kernel/process.ts";
import type { Stream } from "../../kernel/random.ts";
import type { Daemon } from "../../world/daemon.ts";

export const NOT_READY: Taint = { key: TAINT_NOT_READY, effect: "NoExecute" };
export const UNREACHABLE: Taint = { key: TAINT_UNREACHABLE, effect: "NoExecute" };

type Taints = readonly Taint[] | undefined;

/** Same key and effect: for Kubernetes that is the same taint, whatever its value and time. */
export const matches = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

export const hasTaint = (taints: Taints, wanted: Taint): boolean =>
  taints?.some((taint) => matches(taint, wanted)) ?? false;

/** What a node in this state is tainted with so that nothing new is scheduled there, by key of condition and its status. */
const BY_CONDITION: Readonly<Record<string, Partial<Record<NodeCondition["status"], string>>>> = {
  Ready: { False: TAINT_NOT_READY, Unknown: TAINT_UNREACHABLE },
  MemoryPressure: { True: TAINT_MEMORY_PRESSURE },
  DiskPressure: { True: TAINT_DISK_PRESSURE },
  NetworkUnavailable: { True: TAINT_NETWORK_UNAVAILABLE },
  PIDPressure: { True: TAINT_PID_PRESSURE },
};
/** The keys that are this controller's own with the effect NoSchedule. Others are left alone. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  ...Object.values(BY_CONDITION).flatMap((keys) => Object.values(keys)),
  TAINT_UNSCHEDULABLE,
]);

/** The NoSchedule taints to add and to remove so that they agree with the node's conditions. Both empty: nothing to do. */
export function noScheduleTaints({ spec, status }: Node): {
  readonly add: readonly Taint[];
  readonly remove: readonly Taint[];
} {
  const wanted: Taint[] = [];
  for (const condition of status.conditions ?? []) {
    const key = BY_CONDITION[condition.type]?.[condition.status];
    if (key !== undefined) wanted.push({ key, effect: "NoSchedule" });
  }
  if (spec.unschedulable) wanted.push({ key: TAINT_UNSCHEDULABLE, effect: "NoSchedule" });
  const have = (spec.taints ?? []).filter((taint) => taint.effect === "NoSchedule" && OWN_KEYS.has(taint.key));
  return {
    add: wanted.filter((taint) => !hasTaint(have, taint)),
    remove: have.filter((taint) => !hasTaint(wanted, taint)),
  };
}

/** The taints with these added, or put in the place of those they match. */
export function withTaints(taints: Taints, added: readonly Taint[]): readonly Taint[] {
  let result = taints ?? [];
  for (const taint of added)
    result = hasTaint(result, taint) ? result.map((each) => (matches(each, taint) ? taint : each)) : [...result, taint];
  return result;
}

/** The taints without these; the same array when none of them was there. */
export function withoutTaints(taints: Taints, removed: readonly Taint[]): Taints {
  if (!removed.some((taint) => hasTaint(taints, taint))) return taints;
  return taints?.filter((taint) => !hasTaint(removed, taint));
}

/** Writes taints in the name of the node lifecycle controller. */
export class TaintWriter {
  private readonly daemon: Daemon;
  private readonly client: Client;
  private readonly random: Stream;

  constructor(daemon: Daemon, client: Client) {
    this.daemon = daemon;
    this.client = client;
    this.random = daemon.random("node-lifecycle/taint-backoff");
  }

  /** Adds, then removes what `node`, the caller's idea of it, has of the others. False when a request failed. */
  *swap(node: Node, add: readonly Taint[], remove: readonly Taint[]): Process<boolean> {
    const timeAdded = wholeSecond(this.daemon.now());
    const added = add.map((taint) => ({ ...taint, timeAdded }));
    try {
      if (added.length > 0) yield* this.change(node.metadata.name, (taints) => withTaints(taints, added));
      yield* this.remove(node, remove);
      return true;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return false;
    }
  }

  /** Asks nobody when the caller's idea of the node has none of the taints. Throws what the requests fail with. */
  *remove(node: Node, removed: readonly Taint[]): Process {
    if (!removed.some((taint) => hasTaint(node.spec.taints, taint))) return;
    yield* this.change(node.metadata.name, (taints) => withoutTaints(taints, removed));
  }

  private *change(name: string, change: (taints: Taints) => Taints): Process {
    const { client } = this;
    let read: ReadOptions = FROM_CACHE;
    yield* retryOnConflict(TAINT_BACKOFF, this.random, function* () {
      const node = yield* client.get("Node", name, read);
      read = FROM_STORE;
      const taints = change(node.spec.taints);
      if (taints !== node.spec.taints) yield* client.patch("Node", name, (stored) => retainted(stored, node, taints));
    });
  }
}

const FROM_CACHE: ReadOptions = { resourceVersion: 0 };
const FROM_STORE: ReadOptions = {};

/** The list of taints is replaced as a whole, so the patch carries the version that was read. */
function retainted(stored: Node, read: Node, taints: Taints): Node {
  if (stored.metadata.resourceVersion !== read.metadata.resourceVersion)
    throw conflict(
      "nodes",
      stored.metadata.name,
      "the object has been modified; please apply your changes to the latest version",
    );
  const { taints: _, ...spec } = stored.spec;
  return { ...stored, spec: taints === undefined || taints.length === 0 ? spec : { ...spec, taints } };
}
