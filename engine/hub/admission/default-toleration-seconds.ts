/**
 * How long a pod stays on a node that is not ready or unreachable, when it does not say so itself
 * (`plugin/pkg/admission/defaulttolerationseconds`): on create and on update, not-ready first.
 */
import type { Pod } from "../../api/kinds/pod.ts";
import { TAINT_NOT_READY, TAINT_UNREACHABLE, type Toleration } from "../../api/taint.ts";
import type { Admission } from "./admission.ts";

export const defaultTolerationSeconds: Admission = {
  name: "DefaultTolerationSeconds",
  admit({ operation, kind, object, subresource }, { settings }) {
    if (kind !== "Pod" || operation === "delete" || subresource !== undefined) return object;
    const pod = object as Pod;
    const given = pod.spec.tolerations ?? [];
    const added: Toleration[] = [];
    if (!covers(given, TAINT_NOT_READY))
      added.push(lasting(TAINT_NOT_READY, settings.defaultNotReadyTolerationSeconds));
    if (!covers(given, TAINT_UNREACHABLE))
      added.push(lasting(TAINT_UNREACHABLE, settings.defaultUnreachableTolerationSeconds));
    if (added.length === 0) return pod;
    return { ...pod, spec: { ...pod.spec, tolerations: [...given, ...added] } };
  },
};

/** A toleration of that key or of all, for NoExecute or for all effects, whatever its operator and seconds. */
const covers = (tolerations: readonly Toleration[], key: string): boolean =>
  tolerations.some(
    (toleration) =>
      (toleration.key === key || !toleration.key) && (toleration.effect === "NoExecute" || !toleration.effect),
  );

const lasting = (key: string, tolerationSeconds: number): Toleration => ({
  key,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds,
});
