/** A pod with what the scheduler works out once and uses many times. */
import type { Pod } from "../../api/kinds/pod.ts";
import { type Key, keyOf } from "../../api/object.ts";
import { type PodRequest, requestOf } from "../../api/pod-request.ts";

export class PodInfo {
  readonly pod: Pod;
  readonly key: Key;
  readonly request: PodRequest;

  constructor(pod: Pod) {
    this.pod = pod;
    this.key = keyOf(pod);
    this.request = requestOf(pod.spec);
  }

  get uid(): string {
    return this.pod.metadata.uid;
  }

  get priority(): number {
    return this.pod.spec.priority ?? 0;
  }
}
