/**
 * What the API has let go of does not start: a kubelet that confirmed the end of a pod, or whose pod was removed otherwise, runs no container of it
 * again. A force deletion breaks it by design while the kubelet has not heard of it, and so does a kubelet that starts with an old list.
 */
import { containerStarted } from "../../node/happening.ts";
import { always } from "./invariant.ts";

export const removedPodsStayStopped = always({
  name: "removed-pods-stay-stopped",
  summary: "no container starts for a pod that has been removed from the API",
  listens: [containerStarted],
  begin: (view) => (event) => {
    const { pod, uid, node } = event.detail;
    return view.get("Pod", pod)?.metadata.uid === uid
      ? undefined
      : `pod ${pod} (uid ${uid}) was started on ${node} after it had been removed`;
  },
});
