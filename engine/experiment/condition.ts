/**
 * What can be said of one object, as a trigger of the timeline waits for it: `deployment/web converged`, `node workers-3 Unknown`. Judged on the
 * whole truth, so it may be true before any component knows.
 */
import { readyCondition } from "../api/kinds/node.ts";
import { isPodReady } from "../api/kinds/pod.ts";
import { type KindName, type Kinds, SERVED_KINDS } from "../api/kinds/registry.ts";
import { joinKey } from "../api/object.ts";
import type { ClusterView } from "../cluster/view.ts";
import { converged } from "./invariants/converged.ts";
import type { ObjectName } from "./workloads/action.ts";

export interface Condition {
  readonly name: string;
  /** The kinds that it can be said of. */
  readonly kinds: readonly KindName[];
  holds(view: ClusterView, subject: ObjectName): boolean;
  /** It counts only when it comes about, not when it is so from the beginning. */
  readonly comesAbout?: true;
}

export const CONDITIONS: readonly Condition[] = [
  {
    name: "converged",
    kinds: ["Deployment", "ReplicaSet", "Pod", "Node", "Thermostat"],
    holds: (view, subject) => converged.judge(view, subject, view.now) === undefined,
  },
  { name: "exists", kinds: SERVED_KINDS, holds: (view, subject) => found(view, subject) !== undefined },
  {
    name: "gone",
    kinds: SERVED_KINDS,
    holds: (view, subject) => found(view, subject) === undefined,
    comesAbout: true,
  },
  { name: "Ready", kinds: ["Node", "Pod"], holds: (view, subject) => readiness(view, subject) === "True" },
  { name: "NotReady", kinds: ["Node", "Pod"], holds: (view, subject) => readiness(view, subject) === "False" },
  { name: "Unknown", kinds: ["Node"], holds: (view, subject) => readiness(view, subject) === "Unknown" },
  { name: "Running", kinds: ["Pod"], holds: (view, subject) => phase(view, subject) === "Running" },
  { name: "Pending", kinds: ["Pod"], holds: (view, subject) => phase(view, subject) === "Pending" },
];

const found = (view: ClusterView, { kind, namespace, name }: ObjectName) => view.get(kind, joinKey(namespace, name));

const phase = (view: ClusterView, subject: ObjectName): string | undefined =>
  (found(view, subject) as Kinds["Pod"] | undefined)?.status.phase;

function readiness(view: ClusterView, subject: ObjectName): string | undefined {
  const object = found(view, subject);
  if (object === undefined) return undefined;
  if (subject.kind === "Node") return readyCondition(object as Kinds["Node"])?.status;
  return isPodReady(object as Kinds["Pod"]) ? "True" : "False";
}
