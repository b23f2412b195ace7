/**
 * At most one leader acting per lease. Judged on *acting* (the leading work runs), not on lease records: a lease has one holder by
 * construction, while a leader that has not noticed its loss goes on working. client-go promises no more than that clocks and pauses within
 * bounds keep the intervals apart (`tools/leaderelection` package comment), so a violation here is a finding about the cluster.
 */
import { between, formatDuration } from "../../base/units.ts";
import { leaderStarted } from "../../client/happening.ts";
import { daemonResumed } from "../../world/happening.ts";
import { always } from "./invariant.ts";

const COMPONENTS = ["kube-controller-manager", "kube-scheduler"];

export const atMostOneLeader = always({
  name: "at-most-one-leader",
  summary: "never do two identities act as leader of one component at the same time",
  listens: [leaderStarted, daemonResumed],
  begin: (view) => () => {
    for (const component of COMPONENTS) {
      const acting = view.actingLeaders(`kube-system/${component}`);
      if (acting.length < 2) continue;
      const [first, second] = [acting[0]!, acting[1]!];
      const apart = formatDuration(between(first.since, second.since));
      return `${component}: ${second.host} acts as leader while ${first.host}, which began ${apart} earlier, still does`;
    }
    return undefined;
  },
});
