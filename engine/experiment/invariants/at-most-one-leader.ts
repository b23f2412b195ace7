/**
 * At most one leader acting per lease. Judged on *acting* (the leading work runs), not on lease records: a lease has one holder by
 * construction, while a leader that has not noticed its loss goes on working. client-go promises no more than that clocks and pauses within
 * bounds keep the intervals apart (`tools/leaderelection` package comment), so a violation here is a finding about the cluster.
 *
 * When the overlap is over its sentence says how long it lasted and which bound was left (`election-bound.ts`).
 */
import { between, formatDuration, type Instant } from "../../base/units.ts";
import { leaderStarted, leaderStopped } from "../../client/happening.ts";
import type { ActingLeader, ClusterView } from "../../cluster/view.ts";
import { storeCommitted } from "../../hub/happening.ts";
import type { TraceEvent } from "../../kernel/trace.ts";
import { daemonPaused, daemonResumed, daemonStopped } from "../../world/happening.ts";
import { ElectionBound } from "./election-bound.ts";
import { always } from "./invariant.ts";

const COMPONENTS = ["kube-controller-manager", "kube-scheduler"];

interface Overlap {
  readonly component: string;
  readonly first: ActingLeader;
  readonly second: ActingLeader;
  readonly since: Instant;
  /** What is said once it is over. */
  told: string;
}

export const atMostOneLeader = always({
  name: "at-most-one-leader",
  summary: "never do two identities act as leader of one component at the same time",
  listens: [leaderStarted, leaderStopped, daemonPaused, daemonResumed, daemonStopped, storeCommitted],
  begin: (view) => {
    const seats = COMPONENTS.map((component) => new Seat(view, component));
    return (event) => {
      let overlap: Overlap | undefined;
      for (const seat of seats) overlap = seat.look(event) ?? overlap;
      return overlap && tellLater(overlap);
    };
  },
});

/** The one place of a component. */
class Seat {
  private readonly view: ClusterView;
  private readonly component: string;
  private readonly bound: ElectionBound;
  private overlap: Overlap | undefined;

  constructor(view: ClusterView, component: string) {
    this.view = view;
    this.component = component;
    this.bound = new ElectionBound(view, component);
  }

  /** The overlap that begins with this event. */
  look(event: TraceEvent): Overlap | undefined {
    this.bound.saw(event);
    if (event.kind === storeCommitted.name) return undefined;
    const { view, overlap } = this;
    const [first, second] = view.actingLeaders(`kube-system/${this.component}`);
    if (overlap && (first !== overlap.first || second !== overlap.second)) this.end(overlap);
    if (this.overlap || !first || !second) return undefined;
    this.overlap = { component: this.component, first, second, since: view.now, told: ", to the end of the run" };
    return this.overlap;
  }

  private end(overlap: Overlap): void {
    const because = this.bound.broken(overlap.first, overlap.second);
    const length = formatDuration(between(overlap.since, this.view.now));
    overlap.told = `, for ${length}${because && `; ${because}`}`;
    this.overlap = undefined;
  }
}

const tellLater = (overlap: Overlap) => (): string => {
  const { component, first, second, told } = overlap;
  const apart = formatDuration(between(first.since, second.since));
  return `${component}: ${second.host} acts as leader while ${first.host}, which began ${apart} earlier, still does${told}`;
};
