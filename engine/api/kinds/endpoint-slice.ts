/** `discovery.k8s.io/v1 EndpointSlice`: where a Service's requests may go. Hosts have no addresses here but their names, so slices are of type FQDN. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export const LABEL_SERVICE_NAME = "kubernetes.io/service-name";

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean };
}

export interface EndpointSlice extends KubeObject {
  readonly kind: "EndpointSlice";
  readonly addressType: "FQDN";
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly { readonly name?: string; readonly protocol: "TCP" | "UDP"; readonly port: number }[];
}

export const endpointSlice = kind<EndpointSlice>({
  kind: "EndpointSlice",
  apiVersion: "discovery.k8s.io/v1",
  plural: "endpointslices",
  namespaced: true,
  hasStatus: false,
  createOnUpdate: true,
  unconditionalUpdate: true,
});
