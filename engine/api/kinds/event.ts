/** `v1 Event`: what components tell people. Lossy by design; no decision may depend on one. */
import type { Instant } from "../../base/units.ts";
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface ObjectReference {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
}

export interface Event extends KubeObject {
  readonly kind: "Event";
  readonly involvedObject: ObjectReference;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly source: { readonly component: string; readonly host?: string };
  readonly count: number;
  readonly firstTimestamp: Instant;
  readonly lastTimestamp: Instant;
}

export const event = kind<Event>({
  kind: "Event",
  apiVersion: "v1",
  plural: "events",
  namespaced: true,
  hasStatus: false,
  createOnUpdate: true,
  unconditionalUpdate: true,
});
