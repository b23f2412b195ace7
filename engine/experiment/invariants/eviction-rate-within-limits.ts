/**
 * Nodes are condemned no faster than their zone's limiter allows: NoExecute taints for being not ready or unreachable, where there was none of the
 * two. The controller takes a token and then writes, one node after the other, so two writes may come closer together than two tokens;
 * three may not span less than one interval. A new leader, and a new rate, start afresh. A zone that is frozen may have one write under way.
 */
import { LABEL_REGION, LABEL_ZONE, type Node } from "../../api/kinds/node.ts";
import { TAINT_NOT_READY, TAINT_UNREACHABLE } from "../../api/taint.ts";
import { present } from "../../base/assert.ts";
import { formatDuration, type Instant } from "../../base/units.ts";
import { leaderStarted } from "../../client/happening.ts";
import { controllerClaim } from "../../control/controllers/controller-account.ts";
import { nodeLifecycle } from "../../control/controllers/node-lifecycle.ts";
import { zoneStateChanged } from "../../control/happening.ts";
import { storeCommitted } from "../../hub/happening.ts";
import { always } from "./invariant.ts";

/** The name that the node lifecycle controller writes under. */
const TAINTER = controllerClaim(
  present(nodeLifecycle.serviceAccount, "the account of the node lifecycle controller"),
).name;
/** Clocks that run a little fast are no breach. */
const TOLERANCE = 0.95;

interface Zone {
  perSecond: number;
  /** When the last two nodes were condemned, oldest first. */
  times: readonly Instant[];
}

export const evictionRateWithinLimits = always({
  name: "eviction-rate-within-limits",
  summary: "no zone has nodes tainted NoExecute faster than its eviction rate",
  listens: [storeCommitted, zoneStateChanged, leaderStarted],
  begin: () => {
    const zones = new Map<string, Zone>();
    return ({ kind: happening, subject, time, detail }) => {
      if (happening === leaderStarted.name && subject.endsWith("/kube-controller-manager")) zones.clear();
      if (happening === zoneStateChanged.name) {
        const { evictionsPerSecond } = detail as NonNullable<typeof zoneStateChanged.detail>;
        zones.set(subject, { perSecond: evictionsPerSecond, times: [] });
      }
      if (happening !== storeCommitted.name) return undefined;
      const { kind, object, old, by } = detail as NonNullable<typeof storeCommitted.detail>;
      if (kind !== "Node" || by !== TAINTER || condemned(old as Node) || !condemned(object as Node)) return undefined;
      const { labels } = object.metadata;
      const name = `${labels?.[LABEL_REGION] ?? ""}/${labels?.[LABEL_ZONE] ?? ""}`;
      const zone = zones.get(name);
      if (!zone) return undefined;
      const { perSecond, times } = zone;
      zone.times = [...times.slice(-1), time];
      if (perSecond === 0)
        return times.length > 0 ? `${subject} is tainted in zone ${name}, where evictions are stopped` : undefined;
      if (times.length < 2 || time - times[0]! >= (TOLERANCE * 1_000_000) / perSecond) return undefined;
      return `${subject} is the third node within ${formatDuration((time - times[0]!) as never)} that is tainted in zone ${name}, at ${perSecond} a second`;
    };
  },
});

const condemned = (node: Node | undefined): boolean =>
  node?.spec.taints?.some(
    ({ key, effect }) => effect === "NoExecute" && (key === TAINT_NOT_READY || key === TAINT_UNREACHABLE),
  ) ?? false;
