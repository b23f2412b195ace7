/** `v1 Namespace`. Its own life cycle (Terminating, content deletion) belongs to the namespace controller. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface Namespace extends KubeObject {
  readonly kind: "Namespace";
  readonly spec: { readonly finalizers?: readonly string[] };
  readonly status: { readonly phase?: "Active" | "Terminating" };
}

export const namespace = kind<Namespace>({
  kind: "Namespace",
  apiVersion: "v1",
  plural: "namespaces",
  namespaced: false,
  hasStatus: true,
  unconditionalUpdate: true,
  prepareForCreate: (object) => ({ ...object, spec: object.spec ?? {}, status: { phase: "Active" } }),
});
