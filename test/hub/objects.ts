/** Builders of objects with defaults, frozen to the bottom: whoever writes into a shared object is caught. */

import type { Deployment } from "../../engine/api/kinds/deployment.ts";
import { type Lease, type LeaseSpec, leaseWith } from "../../engine/api/kinds/lease.ts";
import type { Namespace } from "../../engine/api/kinds/namespace.ts";
import type { Node, NodeSpec } from "../../engine/api/kinds/node.ts";
import type { Pod, PodSpec, PodStatus } from "../../engine/api/kinds/pod.ts";
import { newMeta, type ObjectMeta } from "../../engine/api/object.ts";

export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

export const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => newMeta({ ...more, name });

export interface PodParts {
  readonly meta?: Partial<ObjectMeta>;
  readonly spec?: Partial<PodSpec>;
  readonly status?: Partial<PodStatus>;
}

export const pod = (name = "web", { meta: more = {}, spec = {}, status = {} }: PodParts = {}): Pod =>
  frozen({
    apiVersion: "v1",
    kind: "Pod",
    metadata: meta(name, { namespace: "default", ...more }),
    spec: { containers: [{ name: "main" }], terminationGracePeriodSeconds: 30, ...spec },
    status: { phase: "Pending", ...status },
  });

export const lease = (name: string, spec: LeaseSpec = {}, more: Partial<ObjectMeta> = {}): Lease =>
  frozen(leaseWith(meta(name, { namespace: "kube-node-lease", ...more }), spec));

export const node = (name: string, spec: NodeSpec = {}): Node =>
  frozen({ apiVersion: "v1", kind: "Node", metadata: meta(name), spec, status: {} });

export const namespace = (name: string, more: Partial<ObjectMeta> = {}): Namespace =>
  frozen({ apiVersion: "v1", kind: "Namespace", metadata: meta(name, more), spec: {}, status: {} });

export const deployment = (name: string, replicas = 1, more: Partial<ObjectMeta> = {}): Deployment =>
  frozen({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(name, { namespace: "default", ...more }),
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main" }] } },
      strategy: { type: "RollingUpdate" },
    },
    status: {},
  });
