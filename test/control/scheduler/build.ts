/** Pods and nodes with defaults, so that a test writes only what matters to it. */
import type { Node, ResourceList } from "../../../engine/api/kinds/node.ts";
import type { Pod, PodSpec } from "../../../engine/api/kinds/pod.ts";
import { type Labels, newMeta } from "../../../engine/api/object.ts";
import { requestOf } from "../../../engine/api/pod-request.ts";
import type { Taint } from "../../../engine/api/taint.ts";
import type { Instant } from "../../../engine/base/units.ts";
import { NodeInfo } from "../../../engine/control/scheduler/node-info.ts";
import { PodInfo } from "../../../engine/control/scheduler/pod-info.ts";

export interface PodWords extends Partial<Omit<PodSpec, "containers">> {
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Labels;
  readonly requests?: ResourceList;
  readonly deleting?: boolean;
  readonly owner?: string;
}

export function pod(name: string, words: PodWords = {}): Pod {
  const { namespace = "default", uid = `uid-${name}`, labels, requests, deleting, owner, ...spec } = words;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...newMeta({ name, namespace, uid }),
      ...(labels && { labels }),
      ...(deleting && { deletionTimestamp: 1 as Instant }),
      ...(owner !== undefined && {
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: `uid-${owner}`, controller: true },
        ],
      }),
    },
    spec: { containers: [{ name: "main", ...(requests && { resources: { requests } }) }], ...spec },
    status: { phase: "Pending" },
  };
}

export const podInfo = (name: string, words: PodWords = {}): PodInfo => new PodInfo(pod(name, words));

export interface NodeWords {
  readonly labels?: Labels;
  readonly allocatable?: ResourceList;
  readonly taints?: readonly Taint[];
  readonly unschedulable?: boolean;
}

export function node(name: string, words: NodeWords = {}): Node {
  const { labels, allocatable, taints, unschedulable } = words;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { ...newMeta({ name, uid: `uid-${name}` }), ...(labels && { labels }) },
    spec: { ...(taints && { taints }), ...(unschedulable !== undefined && { unschedulable }) },
    status: { allocatable: allocatable ?? { cpu: "4", memory: "8Gi", pods: "110" } },
  };
}

/** A node with pods of these requests on it. */
export function nodeInfo(name: string, words: NodeWords = {}, on: readonly ResourceList[] = []): NodeInfo {
  const info = new NodeInfo(name);
  info.setNode(node(name, words));
  for (const requests of on) info.count(requestOf(pod("there", { requests }).spec), 1);
  return info;
}
