/**
 * Every controller of the controller manager, in the order in which it starts them. To add one: write a file in this folder that exports a
 * `Controller` (`controller({...})` makes the usual ones: see `thermostat.ts`), and add a line here. The flag `--controllers` and `orrery
 * list` know it from then on.
 */
import type { Controller } from "../../client/controller.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { apiServerLeaseCollector } from "./api-server-lease-collector.ts";
import { certificateApproving } from "./certificate-approving.ts";
import { certificateCleaner } from "./certificate-cleaner.ts";
import { certificateSigning } from "./certificate-signing.ts";
import { deployment } from "./deployment.ts";
import { garbageCollector } from "./garbage-collector.ts";
import { nodeLifecycle } from "./node-lifecycle.ts";
import { podGarbageCollector } from "./pod-garbage-collector.ts";
import { replicaSet } from "./replica-set.ts";
import { resourceQuota } from "./resource-quota.ts";
import { rootCaCertPublisher } from "./root-ca-cert-publisher.ts";
import { serviceAccount } from "./service-account.ts";
import { taintEviction } from "./taint-eviction.ts";
import { thermostat } from "./thermostat.ts";
import { tokenCleaner } from "./token-cleaner.ts";

export const CONTROLLERS = [
  deployment,
  replicaSet,
  resourceQuota,
  nodeLifecycle,
  taintEviction,
  podGarbageCollector,
  garbageCollector,
  apiServerLeaseCollector,
  certificateApproving,
  certificateSigning,
  certificateCleaner,
  serviceAccount,
  rootCaCertPublisher,
  tokenCleaner,
  thermostat,
] as const satisfies readonly Controller<ControllerManagerSettings>[];

export type ControllerName = (typeof CONTROLLERS)[number]["name"];
