/**
 * `v1 Service`: a name and a virtual address for a set of endpoints. Today only `default/kubernetes` exists, which the API servers make and keep;
 * manifests with Services of one's own are refused, because nothing yet finds their pods.
 */
import type { KubeObject, Labels } from "../object.ts";
import { kind } from "./kind.ts";

export interface ServicePort {
  readonly name?: string;
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
  readonly targetPort: number;
}

export interface Service extends KubeObject {
  readonly kind: "Service";
  readonly spec: {
    readonly type: "ClusterIP";
    readonly clusterIP: string;
    readonly ports: readonly ServicePort[];
    readonly selector?: Labels;
    readonly sessionAffinity: "None" | "ClientIP";
  };
  readonly status: Readonly<Record<string, never>>;
}

export const service = kind<Service>({
  kind: "Service",
  apiVersion: "v1",
  plural: "services",
  namespaced: true,
  hasStatus: true,
  unconditionalUpdate: true,
  prepareForCreate: (object) => ({ ...object, status: {} }),
});
