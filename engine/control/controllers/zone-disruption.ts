/**
 * How much of a zone is lost, and what that does to evictions (`handleDisruption`, `ComputeZoneState`, `setLimiterInZone` of
 * `pkg/controller/nodelifecycle/node_lifecycle_controller.go`). Pure.
 *
 * The thought behind it: when most of a zone is silent, the fault may lie in the network or in the control plane, and evicting everybody would
 * make it worse. When everything everywhere is silent, it is us, and nothing is evicted at all.
 */

/** "" is upstream's zero value: a recorded zone without nodes that the scan of a pass did not get to. */
export type ZoneState = "Initial" | "Normal" | "PartialDisruption" | "FullDisruption" | "";

/** The nodes of a zone in one pass, without those excluded by label. */
export interface ZoneTally {
  ready: number;
  notReady: number;
}

export interface DisruptionLimits {
  readonly nodeEvictionRate: number;
  readonly secondaryNodeEvictionRate: number;
  readonly largeClusterSizeThreshold: number;
  readonly unhealthyZoneThreshold: number;
}

/** Compared in float32, as upstream: 11 of 20 is 0.55 there. */
export function zoneState({ ready, notReady }: ZoneTally, threshold: number): ZoneState {
  if (ready === 0 && notReady > 0) return "FullDisruption";
  if (notReady > 2 && Math.fround(notReady / (notReady + ready)) >= Math.fround(threshold)) return "PartialDisruption";
  return "Normal";
}

/** Nodes a second that may be tainted in a zone of this state and size; undefined where the state changes nothing. */
export function evictionRate(state: ZoneState, size: number, limits: DisruptionLimits): number | undefined {
  switch (state) {
    case "Normal":
    case "FullDisruption": // the normal rate, as long as another zone is not lost too
      return limits.nodeEvictionRate;
    case "PartialDisruption":
      return size > limits.largeClusterSizeThreshold ? limits.secondaryNodeEvictionRate : 0;
    default:
      return undefined;
  }
}

/** What a pass makes of the zones. */
export interface Disruption {
  /**
   * `entering`: now every zone is lost, evictions stop and NoExecute taints go. `leaving`: somebody is back. `frozen`: still all lost.
   * `apart`: each zone for itself.
   */
  readonly mode: "entering" | "leaving" | "frozen" | "apart";
  /** The states to record; zones that are not in it are forgotten. */
  readonly states: ReadonlyMap<string, ZoneState>;
  /** The rates to set, where they are set anew. */
  readonly rates: ReadonlyMap<string, number>;
}

/** Judges one pass. Zones in key order, where upstream has the random order of a map. */
export function disruption(
  recorded: ReadonlyMap<string, ZoneState>,
  tallies: ReadonlyMap<string, ZoneTally>,
  limits: DisruptionLimits,
): Disruption {
  const fresh = new Map<string, ZoneState>();
  for (const [zone, tally] of tallies) fresh.set(zone, zoneState(tally, limits.unhealthyZoneThreshold));
  const allAre = [...fresh.values()].every(isLost);
  const { states, allWere } = scanned(recorded, tallies);
  if (allAre && allWere) return { mode: "frozen", states, rates: NO_RATES };
  const rates = new Map<string, number>();
  if (allAre) {
    for (const zone of states.keys()) {
      rates.set(zone, 0);
      states.set(zone, "FullDisruption");
    }
    return { mode: "entering", states, rates };
  }
  for (const [zone, before] of states) {
    const now = fresh.get(zone) ?? "";
    if (now === before && !allWere) continue;
    const rate = evictionRate(now, sizeOf(tallies.get(zone)), limits);
    if (rate !== undefined) rates.set(zone, rate);
    states.set(zone, now);
  }
  return { mode: allWere ? "leaving" : "apart", states, rates };
}

/**
 * Whether every recorded zone was lost before. Recorded zones without nodes are forgotten on the way, but the scan ends at the first zone that
 * was not lost: those behind it stay on record until a later pass.
 */
function scanned(recorded: ReadonlyMap<string, ZoneState>, tallies: ReadonlyMap<string, ZoneTally>) {
  const zones = [...new Set([...recorded.keys(), ...tallies.keys()])].sort((a, b) => (a < b ? -1 : 1));
  const states = new Map<string, ZoneState>();
  let allWere = true;
  for (const zone of zones) {
    const state = recorded.get(zone) ?? "Initial";
    if (allWere && !tallies.has(zone)) continue;
    if (!isLost(state)) allWere = false;
    states.set(zone, state);
  }
  return { states, allWere };
}

const isLost = (state: ZoneState): boolean => state === "FullDisruption";
const sizeOf = (tally: ZoneTally | undefined): number => (tally === undefined ? 0 : tally.ready + tally.notReady);
const NO_RATES: ReadonlyMap<string, number> = new Map();
