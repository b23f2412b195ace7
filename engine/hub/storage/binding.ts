/**
 * `pods/binding`: puts a pod on a node and says that it is scheduled. Pure. Behaviour of core/pod `BindingREST.setPodNodeAndMetadata`:
 * a pod is bound once; even the same binding a second time is a Conflict.
 */
import { type ApiError, conflict } from "../../api/error.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import { type Condition, conditionOf, type KubeObject } from "../../api/object.ts";
import { copyWith } from "../../base/copy.ts";
import { type Instant, wholeSecond } from "../../base/units.ts";
import { withParts } from "./metadata.ts";
import { kindOf, uidConflict } from "./strategy.ts";

/** The pod on its node. `binding` carries the node in `spec.nodeName`, and the uid of the pod that is meant. */
export function bound(pod: Pod, binding: Pod, now: Instant): Pod | ApiError {
  const { name, uid } = pod.metadata;
  if (binding.metadata.uid !== "" && binding.metadata.uid !== uid)
    return uidConflict(kindOf("Pod"), name, binding.metadata.uid, pod.metadata);
  if (pod.metadata.deletionTimestamp !== undefined)
    return conflict("pods/binding", name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName)
    return conflict("pods/binding", name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  const spec = copyWith(pod.spec, { nodeName: binding.spec.nodeName! });
  const status = copyWith(pod.status, { conditions: withScheduled(pod.status.conditions, now) });
  return withParts(pod.apiVersion, pod.kind, pod.metadata, spec, status) as KubeObject as Pod;
}

function withScheduled(conditions: readonly Condition[] = [], now: Instant): readonly Condition[] {
  const before = conditionOf(conditions, "PodScheduled");
  const lastTransitionTime =
    before?.status === "True" && before.lastTransitionTime !== undefined ? before.lastTransitionTime : wholeSecond(now);
  const scheduled: Condition = { type: "PodScheduled", status: "True", lastTransitionTime };
  return before
    ? conditions.map((condition) => (condition === before ? scheduled : condition))
    : [...conditions, scheduled];
}
