/**
 * Which defaults another release of Kubernetes had. Only defaults of numbers that Orrery models are listed; behaviour that changed otherwise
 * follows 1.36 for every version, unless one of the switches below stands for it.
 */
import { seconds } from "../../base/units.ts";
import type { FirstRead } from "../../client/reflector.ts";
import type { ControllerManagerSettings, SchedulerSettings } from "../../control/settings.ts";
import type { ApiServerSettings } from "../../hub/settings.ts";
import type { KubeletSettings } from "../../node/settings.ts";
import { API_SERVER, CONTROLLER_MANAGER, KUBELET, SCHEDULER } from "./defaults.ts";

/** Releases whose defaults we know. */
export const VERSIONS = ["1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36"] as const;

/** The controller manager's defaults in a release. */
export function controllerManagerDefaults(version: string): Omit<ControllerManagerSettings, "controllers"> {
  const minor = minorOf(version);
  return {
    ...CONTROLLER_MANAGER,
    nodeMonitorGracePeriod: minor >= 32 ? seconds(50) : seconds(40), // kubernetes PR 126287, 1.32
    taintOnCurrentCondition: minor >= 34, // node_lifecycle_controller.go, 1.34
    staleControllerConsistency: minor >= 36, // KEP-5647, on by default since 1.36
    firstRead: firstReadOf(version),
  };
}

export const schedulerDefaults = (version: string): SchedulerSettings => ({
  ...SCHEDULER,
  firstRead: firstReadOf(version),
});

export const kubeletDefaults = (version: string): KubeletSettings => ({ ...KUBELET, firstRead: firstReadOf(version) });

export const apiServerDefaults = (version: string): ApiServerSettings => ({
  ...API_SERVER,
  consistentListFromCache: minorOf(version) >= 31, // KEP-2340, on by default since 1.31
});

/** WatchListClient of client-go, on by default since 1.35 (KEP-3157). */
const firstReadOf = (version: string): FirstRead => (minorOf(version) >= 35 ? "consistent" : "watch-cache");

const minorOf = (version: string): number => Number(version.slice(version.indexOf(".") + 1));
