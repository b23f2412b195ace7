/**
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", figure 16 (top): how long a cluster of five is without a leader, by how
 * much chance there is in its election timeouts. Played by etcd's own members over the simulated network, as section 9.3 tells it: the logs have different
 * lengths, so that not everybody can be elected; the leader sends everybody a heartbeat at one moment and crashes at any time of the interval that
 * follows, which is half of the smallest timeout. No pre-vote and no check-quorum, and a later term
 * does not begin anybody's wait anew: all that is etcd's, not the paper's.
 *
 * The leader itself is a script: one that lived would make the logs alike. The paper gives 15 ms for a broadcast with everything; here that is two
 * one-way delays and two syncs, which stand beside the table, because the tails depend on them.
 */
import { type Duration, type Instant, microseconds, milliseconds, seconds } from "../../base/units.ts";
import { raftLeaderElected } from "../../hub/etcd/happening.ts";
import { etcd } from "../../hub/etcd/member.ts";
import { Peers } from "../../hub/etcd/peers.ts";
import { RaftDisk } from "../../hub/etcd/raft-disk.ts";
import type { EtcdSettings } from "../../hub/settings.ts";
import { Kernel } from "../../kernel/kernel.ts";
import type { Software } from "../../world/daemon.ts";
import { World } from "../../world/world.ts";
import * as defaults from "../scenario/defaults.ts";
import type { Figure } from "./figure.ts";

/** Milliseconds above the smallest timeout, the figure's six curves. */
const SPREADS = [0, 1, 5, 25, 50, 150] as const;
const SMALLEST = milliseconds(150);
const HEARTBEAT = milliseconds(75);
const SERVERS = 5;
const PEER_PORT = 2380;
/** When the heartbeat goes out: by then everybody is connected. */
const BROADCAST = milliseconds(100) as number as Instant;
/** Whoever has elected nobody by then is counted as never. */
const HORIZON = seconds(30);
/** Trials of the curve without any chance, as in the paper: each takes for ever. */
const HOPELESS_TRIALS = 100;

interface Physics {
  readonly delay: Duration;
  readonly sync: Duration;
}

const PHYSICS: Physics = { delay: milliseconds(3), sync: microseconds(0) };

export const raftDowntime: Figure = {
  name: "raft-downtime",
  summary: "Raft, figure 16 (top): time without a leader by the randomness of election timeouts",
  samples: 1_000,
  columns: ["timeout_ms", "cumulative_percent", "downtime_ms", "one_way_delay_ms"],
  rows: (samples, seed) =>
    SPREADS.flatMap((spread) => {
      const range = `150-${150 + spread}`;
      const trials = spread === 0 ? Math.min(HOPELESS_TRIALS, samples) : samples;
      const times = Array.from({ length: trials }, (_, i) =>
        downtime(`${seed}/${range}/${i + 1}`, milliseconds(spread), PHYSICS),
      ).sort((x, y) => x - y);
      return times.map((time, i) => [range, (100 * (i + 1)) / trials, shown(time), inMs(PHYSICS.delay)]);
    }),
  remarks: (rows) => {
    const { delay, sync } = PHYSICS;
    const vote = inMs(2 * delay + 2 * sync);
    const curves = SPREADS.map((spread) => {
      const times = rows.filter(([range]) => range === `150-${150 + spread}`).map(([, , time]) => time);
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
      return `150-${150 + spread} ms: min ${at(0)}, median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms of ${times.length} crashes`;
    });
    return [
      ...curves,
      `One-way delay ${inMs(delay)} ms, sync ${inMs(sync)} ms: a vote takes ${vote} ms. The paper says about 15 ms for a broadcast with everything.`,
      `"never": nobody was elected within ${HORIZON / 1_000_000} s.`,
    ];
  },
};

const inMs = (time: number): number => time / 1_000;
const shown = (time: number): number | string => (time === Number.POSITIVE_INFINITY ? "never" : inMs(time));

/** One trial: from the crash until somebody is elected. */
export function downtime(seed: string, spread: Duration, { delay, sync }: Physics): Duration {
  const kernel = new Kernel({ seed });
  const hop = { minimum: delay, median: delay, sigma: 0 };
  const world = new World(kernel, {
    latency: { sameHost: hop, sameZone: hop, crossZone: hop },
    restartDelay: HORIZON,
    disk: { minimum: sync, median: sync, sigma: 0 },
  });
  const peers = Array.from({ length: SERVERS }, (_, i) => ({ host: `server-${i + 1}`, port: PEER_PORT }));
  const settings: EtcdSettings = {
    ...defaults.ETCD,
    heartbeatInterval: HEARTBEAT,
    electionTimeout: SMALLEST,
    electionSpread: spread,
    preVote: false,
    checkQuorum: false,
    resetOnNewTerm: false,
  };
  for (const [i, { host }] of peers.entries()) {
    const machine = world.addHost({ name: host, region: "r", zone: "z", role: "server", pool: undefined });
    machine.install("etcd", i === 0 ? scriptedLeader(peers) : etcd({ settings, id: i + 1, peers }));
    if (i === 0) continue;
    const disk = RaftDisk.on(machine.disk.files);
    disk.term = 1;
    disk.vote = 1;
    disk.entries = Array.from({ length: i }, () => ({ term: 1, data: undefined }));
  }
  let elected: number = Number.POSITIVE_INFINITY;
  kernel.trace.on(raftLeaderElected, ({ time }) => {
    elected = Math.min(elected, time);
  });
  for (const machine of world.hosts) machine.boot();
  const crash = (BROADCAST + kernel.random.stream("crash").uniform(0, HEARTBEAT)) as Instant;
  kernel.run(crash);
  world.host("server-1").crash();
  for (let until = crash; elected === Number.POSITIVE_INFINITY && until < crash + HORIZON; ) {
    until = (until + milliseconds(100)) as Instant;
    kernel.run(until);
  }
  return (elected - crash) as Duration;
}

/** Sends everybody one heartbeat at the same moment. */
const scriptedLeader =
  (peers: readonly { readonly host: string; readonly port: number }[]): Software =>
  (daemon) => {
    const lines = new Peers(daemon, 1, peers, seconds(1), { received() {}, lost() {} });
    daemon.after(BROADCAST as number as Duration, () => {
      for (let to = 2; to <= peers.length; to++)
        lines.send({ type: "heartbeat", from: 1, to, term: 1, commit: 0, round: 0 });
    });
  };
