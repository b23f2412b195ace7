/**
 * What an API server keeps in etcd to say that it serves (`/registry/masterleases/<address>`). No resource of the API: no client ever sees one.
 *
 * The real one is a key with an etcd lease of its TTL, which etcd removes. Here the time of the renewal is in it, and who reads it counts the TTL by
 * his own clock. Consequence: API servers whose clocks differ by seconds differ on who is gone by as much.
 */
import type { Instant } from "../../base/units.ts";
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface MasterLease extends KubeObject {
  readonly kind: "MasterLease";
  readonly renewTime: Instant;
}

export const masterLease = kind<MasterLease>({
  kind: "MasterLease",
  apiVersion: "v1",
  plural: "masterleases",
  namespaced: false,
  hasStatus: false,
  unconditionalUpdate: true,
  internal: true,
});
