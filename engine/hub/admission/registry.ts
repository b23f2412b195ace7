/** The admission plugins in the order in which they run (`pkg/kubeapiserver/options/plugins.go`). Add one: one file, one line here. */
import { ApiError } from "../../api/error.ts";
import type { KubeObject } from "../../api/object.ts";
import { type Admission, type AdmissionView, type Attributes, LookUp } from "./admission.ts";
import { certificateApproval } from "./certificate-approval.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { serviceAccount } from "./service-account.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition.ts";

export const ADMISSION = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  defaultTolerationSeconds,
  certificateApproval,
] as const satisfies readonly Admission[];

/** Runs every plugin, each on what the one before has made. */
export function admitted(attributes: Attributes, view: AdmissionView): KubeObject | ApiError | LookUp {
  let now = attributes;
  for (const plugin of ADMISSION) {
    const verdict = plugin.admit(now, view);
    if (verdict instanceof ApiError || verdict instanceof LookUp) return verdict;
    if (verdict !== now.object) now = { ...now, object: verdict };
  }
  return now.object;
}
