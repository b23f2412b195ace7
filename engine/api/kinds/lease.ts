/** `coordination.k8s.io/v1 Lease`: node heartbeats, leader election, API server identity. Times are MicroTime. */
import type { Instant } from "../../base/units.ts";
import { invalid } from "../error.ts";
import { type Key, type KubeObject, keyOf, type ObjectMeta } from "../object.ts";
import { kind } from "./kind.ts";

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: Instant;
  readonly renewTime?: Instant;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly kind: "Lease";
  readonly spec: LeaseSpec;
}

export const lease = kind<Lease>({
  kind: "Lease",
  apiVersion: "coordination.k8s.io/v1",
  plural: "leases",
  namespaced: true,
  hasStatus: false,
  createOnUpdate: true,
  unconditionalUpdate: false,
  validate(object) {
    const duration = object.spec.leaseDurationSeconds;
    if (duration !== undefined && duration <= 0)
      return invalid("leases", object.metadata.name, "spec.leaseDurationSeconds: must be greater than 0");
    return undefined;
  },
});

/** A lease with this metadata and spec, in one fixed shape: the busiest object of a cluster is copied without spreading. */
export const leaseWith = (metadata: ObjectMeta, spec: LeaseSpec): Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata,
  spec,
});

/**
 * A leader's term: which lease it holds, and the how-manieth to hold it. Transitions only grow while the lease lives; one that was made anew has
 * another uid. So of two terms of one lock it can always be told which is the newer: a fencing token.
 */
export interface Term {
  readonly lease: Key;
  readonly uid: string;
  readonly transitions: number;
}

/** The term that a leader has begun who has just written this lease. */
export const termOf = (lease: Lease): Term => ({
  lease: keyOf(lease),
  uid: lease.metadata.uid,
  transitions: lease.spec.leaseTransitions ?? 0,
});

/** Whether a newer term has begun, by the lease as it is stored; without a lease nobody's term goes on. */
export const isOver = ({ uid, transitions }: Term, stored: Lease | undefined): boolean =>
  stored?.metadata.uid !== uid || (stored.spec.leaseTransitions ?? 0) > transitions;
