/** `v1 Node`. */
import type { Instant } from "../../base/units.ts";
import type { Condition, KubeObject, Labels } from "../object.ts";
import type { Taint } from "../taint.ts";
import { kind } from "./kind.ts";

export interface NodeCondition extends Condition {
  readonly lastHeartbeatTime?: Instant;
}

/** Quantities by resource name: `cpu`, `memory`, `pods`, `ephemeral-storage`, extended ones. */
export type ResourceList = Readonly<Record<string, string>>;

export interface NodeSpec {
  readonly unschedulable?: boolean;
  readonly taints?: readonly Taint[];
  readonly podCIDR?: string;
  readonly providerID?: string;
}

export interface NodeImage {
  readonly names: readonly string[];
  readonly sizeBytes: number;
}

export interface NodeStatus {
  readonly capacity?: ResourceList;
  readonly allocatable?: ResourceList;
  readonly conditions?: readonly NodeCondition[];
  readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  readonly nodeInfo?: Readonly<Record<string, string>>;
  readonly images?: readonly NodeImage[];
}

export interface Node extends KubeObject {
  readonly kind: "Node";
  readonly spec: NodeSpec;
  readonly status: NodeStatus;
}

export const LABEL_HOSTNAME = "kubernetes.io/hostname";
export const LABEL_ZONE = "topology.kubernetes.io/zone";
export const LABEL_REGION = "topology.kubernetes.io/region";
const LABEL_ZONE_BETA = "failure-domain.beta.kubernetes.io/zone";
const LABEL_REGION_BETA = "failure-domain.beta.kubernetes.io/region";

/**
 * The zone as the node controllers and the scheduler key it: `region:\0:zone`, or "" for a node without either label.
 * The beta labels win (component-helpers `node/topology`).
 */
export function zoneKey(labels: Labels | undefined): string {
  const region = labels?.[LABEL_REGION_BETA] ?? labels?.[LABEL_REGION] ?? "";
  const zone = labels?.[LABEL_ZONE_BETA] ?? labels?.[LABEL_ZONE] ?? "";
  return region === "" && zone === "" ? "" : `${region}:\u0000:${zone}`;
}

export const readyCondition = (node: Node): NodeCondition | undefined =>
  node.status.conditions?.find((condition) => condition.type === "Ready");

export const node = kind<Node>({
  kind: "Node",
  apiVersion: "v1",
  plural: "nodes",
  namespaced: false,
  hasStatus: true,
  unconditionalUpdate: true,
  fields: { "spec.unschedulable": (object) => String(object.spec.unschedulable ?? false) },
});
