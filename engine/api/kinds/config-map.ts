/** `v1 ConfigMap`. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface ConfigMap extends KubeObject {
  readonly kind: "ConfigMap";
  readonly data?: Readonly<Record<string, string>>;
}

export const configMap = kind<ConfigMap>({
  kind: "ConfigMap",
  apiVersion: "v1",
  plural: "configmaps",
  namespaced: true,
  hasStatus: false,
  unconditionalUpdate: true,
});
