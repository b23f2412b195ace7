/** `v1 ServiceAccount`: who a pod is to the API. Its tokens are asked for (`serviceaccounts/token`), not stored. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface ServiceAccount extends KubeObject {
  readonly kind: "ServiceAccount";
  readonly automountServiceAccountToken?: boolean;
}

export const serviceAccount = kind<ServiceAccount>({
  kind: "ServiceAccount",
  apiVersion: "v1",
  plural: "serviceaccounts",
  namespaced: true,
  hasStatus: false,
  unconditionalUpdate: true,
});
