/**
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", figure 16 (top): how long a cluster of five is without a leader, by how
 * much chance there is in its election timeouts. Played by etcd's own members over the simulated network, as section 9.3 tells it: the logs have different
 * lengths, so that not everybody can be elected; the leader sends everybody a heartbeat at one moment and crashes at any time of the interval that
 * follows, which is half of the smallest timeout. No pre-vote and no check-quorum, and a later term
 * does not begin anybody's wait anew: all that is etcd's, not the paper's.
 *
 * The leader itself is a script: one that lived would make the logs alike. The paper gives 15 ms for a broadcast with everything; here that is two
 * one-way delays and two syncs, which are parameters and stand in the table, because the tails depend on them.
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
import { figure } from "./figure.ts";

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

export const raftDowntime = figure({
  name: "raft-downtime",
  summary: "Raft, figure 16 (top): time without a leader by the randomness of election timeouts",
  parameters: [
    { name: "delay", type: "duration", default: milliseconds(3), meaning: "one-way delay between servers" },
    { name: "sync", type: "duration", default: microseconds(0), meaning: "append and fsync of a term and a vote" },
  ],
  draw(seed, trials, values, tell) {
    const physics = { delay: values["delay"], sync: values["sync"] } as Physics;
    const curves: (string | number)[][] = [];
    const summary: (string | number)[][] = [];
    for (const [i, spread] of SPREADS.entries()) {
      const range = `150-${150 + spread}`;
      const count = spread === 0 ? Math.min(HOPELESS_TRIALS, trials) : trials;
      const times: number[] = [];
      for (let trial = 1; trial <= count; trial++) {
        times.push(downtime(`${seed}/${range}/${trial}`, milliseconds(spread), physics));
        tell((i + trial / count) / SPREADS.length);
      }
      times.sort((a, b) => a - b);
      for (const [k, time] of times.entries())
        curves.push([range, (100 * (k + 1)) / count, shown(time), inMs(physics.delay)]);
      const at = (share: number) => shown(times[Math.min(count - 1, Math.floor(share * count))]!);
      const over = (100 * times.filter((time) => time > seconds(10)).length) / count;
      summary.push([range, count, at(0), at(0.5), at(0.95), at(0.99), at(1), over, inMs(physics.delay)]);
    }
    const statistics = ["min_ms", "median_ms", "p95_ms", "p99_ms", "max_ms", "over_10s_percent"];
    return {
      curves: { columns: ["timeout_ms", "cumulative_percent", "downtime_ms", "one_way_delay_ms"], rows: curves },
      summary: { columns: ["timeout_ms", "trials", ...statistics, "one_way_delay_ms"], rows: summary },
      notes: [
        `One-way delay ${inMs(physics.delay)} ms and sync ${inMs(physics.sync)} ms, so a vote takes ${inMs(2 * physics.delay + 2 * physics.sync)} ms; the paper says about 15 ms for a broadcast with everything.`,
        `"never": nobody was elected within ${HORIZON / 1_000_000} s.`,
      ],
    };
  },
});

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
