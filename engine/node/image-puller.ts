/**
 * Images for the containers of one node (kubelet `images/image_manager.go`, `puller.go`): one pull at a time, in the order asked for
 * (serializeImagePulls), IfNotPresent unless the pod says otherwise or the tag is `latest` or missing. Serial pulls never reach the registry's
 * rate limit (5 a second), which is therefore left out.
 */
import type { Container, Pod } from "../api/kinds/pod.ts";
import { type Process, waitFor } from "../kernel/process.ts";
import { Signal } from "../kernel/signal.ts";
import type { ContainerRuntime } from "./runtime.ts";

export class ImagePuller {
  private readonly runtime: ContainerRuntime;
  private readonly turn = new Signal();
  private busy = false;

  constructor(runtime: ContainerRuntime) {
    this.runtime = runtime;
  }

  /** Whether the container can start with what is on the disk. */
  has(container: Container): boolean {
    return !pullsAlways(container) && this.runtime.hasImage(container.image ?? "");
  }

  /** Waits for its turn and pulls; false when that failed. A caller that is killed gives up its turn. */
  *pull(pod: Pod, container: Container): Process<boolean> {
    let pulling = false;
    try {
      while (this.busy) yield* waitFor(this.turn);
      this.busy = true;
      pulling = true;
      if (this.has(container)) return true;
      return yield* this.runtime.pull(pod, container);
    } finally {
      if (pulling) this.busy = false;
      if (!this.busy) this.turn.fireOne();
    }
  }
}

/** Whether the registry is asked even if the image is there (`v1/defaults.go`, SetDefaults_Container). */
export function pullsAlways({ imagePullPolicy, image = "" }: Container): boolean {
  if (imagePullPolicy !== undefined) return imagePullPolicy === "Always";
  const name = image.slice(image.lastIndexOf("/") + 1);
  if (name.includes("@")) return false;
  return !name.includes(":") || name.endsWith(":latest");
}
