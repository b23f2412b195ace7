/**
 * Creating and deleting pods on behalf of an owner, with the events that people see (`RealPodControl` in
 * `pkg/controller/controller_utils.go`). The spec of a new pod is the template's own, by reference: 5,000 replicas share one.
 */
import { isApiError } from "../../api/error.ts";
import type { Pod, PodTemplate } from "../../api/kinds/pod.ts";
import { controllerReference, type KubeObject, keyOf, newMeta } from "../../api/object.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Process } from "../../kernel/process.ts";

/** A pod as the template wants it, named `<owner>-` and five letters that the API server draws. */
export function podFromTemplate(owner: KubeObject, template: PodTemplate): Pod {
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: newMeta({
      generateName: `${owner.metadata.name}-`,
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ownerReferences: [controllerReference(owner)],
    }),
    spec: template.spec,
    status: { phase: "Pending" },
  };
}

/** Creates one pod. Throws the ApiError of the request; in a namespace that is going away no event is written about it. */
export function* createPod(
  client: Client,
  events: EventRecorder,
  owner: KubeObject,
  template: PodTemplate,
): Process<Pod> {
  try {
    const pod = yield* client.create("Pod", podFromTemplate(owner, template));
    events.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
    return pod;
  } catch (error) {
    if (isApiError(error) && !isNamespaceTerminating(error))
      events.event(owner, "Warning", "FailedCreate", `Error creating: ${error.message}`);
    throw error;
  }
}

/** Deletes one pod with the grace that it has. Throws NotFound when it is gone already. */
export function* deletePod(client: Client, events: EventRecorder, owner: KubeObject, pod: Pod): Process<Pod> {
  try {
    const deleted = yield* client.delete("Pod", keyOf(pod));
    events.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
    return deleted;
  } catch (error) {
    if (isApiError(error) && error.reason !== "NotFound")
      events.event(owner, "Warning", "FailedDelete", `Error deleting: ${error.message}`);
    throw error;
  }
}

export const isNamespaceTerminating = (error: unknown): boolean =>
  isApiError(error) && error.details.cause === "NamespaceTerminating";
