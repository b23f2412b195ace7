/** The plugins of the default profile, in its order: the first that rejects a node names the reason (`apis/config/v1/default_plugins.go`). */
import { nodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import type { Plugin } from "./plugin.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";
import { taintToleration } from "./taint-toleration.ts";

export const PLUGINS = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodeResourcesFit,
  podTopologySpread,
  nodeResourcesBalancedAllocation,
] as const satisfies readonly Plugin[];
