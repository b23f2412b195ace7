/**
 * Which defaults another release of Kubernetes had. Only defaults of numbers that Orrery models are listed; behaviour that changed otherwise
 * follows 1.36 for every version, unless one of the switches below stands for it.
 */
import { seconds } from "../../base/units.ts";
import type { ControllerManagerSettings } from "../../control/settings.ts";
import { CONTROLLER_MANAGER } from "./defaults.ts";

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
  };
}

const minorOf = (version: string): number => Number(version.slice(version.indexOf(".") + 1));
