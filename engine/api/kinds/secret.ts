/** `v1 Secret`. Data is kept as plain text, without base64. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface Secret extends KubeObject {
  readonly kind: "Secret";
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

export const secret = kind<Secret>({
  kind: "Secret",
  apiVersion: "v1",
  plural: "secrets",
  namespaced: true,
  hasStatus: false,
  unconditionalUpdate: true,
});
