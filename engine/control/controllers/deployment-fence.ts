/**
 * The fence posts of a rolling update: how many pods above the desired number, and how many fewer available ones, it may ever plan for
 * (`ResolveFenceposts` in `pkg/controller/deployment/util/deployment_util.go`). Pure, whole numbers throughout.
 */
import type { Deployment, IntOrPercent } from "../../api/kinds/deployment.ts";

export interface FencePosts {
  readonly surge: number;
  readonly unavailable: number;
}

/** Surge rounds up, unavailable rounds down; when both come out as 0, nothing could ever move, so one pod may be unavailable. */
export function resolveFencePosts(maxSurge: IntOrPercent, maxUnavailable: IntOrPercent, desired: number): FencePosts {
  const surge = scaled(maxSurge, desired, true);
  const unavailable = scaled(maxUnavailable, desired, false);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** Pods above the desired number; 0 for Recreate. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fencePostsOf(deployment).surge : 0;
}

/** Never more than there are; 0 for Recreate and for a Deployment of none. */
export function maxUnavailable(deployment: Deployment): number {
  const { replicas } = deployment.spec;
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(fencePostsOf(deployment).unavailable, replicas);
}

export const minAvailable = (deployment: Deployment): number => deployment.spec.replicas - maxUnavailable(deployment);

export const isRollingUpdate = (deployment: Deployment): boolean => deployment.spec.strategy.type === "RollingUpdate";

function fencePostsOf(deployment: Deployment): FencePosts {
  const { rollingUpdate } = deployment.spec.strategy;
  return resolveFencePosts(
    rollingUpdate?.maxSurge ?? "25%",
    rollingUpdate?.maxUnavailable ?? "25%",
    deployment.spec.replicas,
  );
}

/** `GetScaledValueFromIntOrPercent`. A text without % is refused by the scenario's checks; here it counts as none, as upstream's fallback does. */
function scaled(value: IntOrPercent, total: number, roundUp: boolean): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(value);
  if (!percent) return 0;
  const hundredths = Number(percent[1]) * total;
  return roundUp ? Math.ceil(hundredths / 100) : Math.floor(hundredths / 100);
}
