/** Writes Kubernetes Events: spam-filtered, counted when repeated, lossy (client-go `tools/record`). */
import type { KubeObject } from "../api/object.ts";

export interface EventRecorder {
  /** Queues an event about an object and returns at once. */
  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
}
