/**
 * One run: a scenario played with a seed, from warm-up through disturbance and heal until it has settled. It is advanced in slices, so that
 * whoever drives it can show progress, write what has come and stop between two events; the slices leave no mark on the run.
 */
import { formatTime } from "../api/json.ts";
import { after, type Duration, formatDuration, type Instant, START, seconds } from "../base/units.ts";
import { Cluster } from "../cluster/cluster.ts";
import { type Halt, Kernel } from "../kernel/kernel.ts";
import type { Entry, Outcome, PromiseRow, RunHeader, RunRecord } from "./record/record.ts";
import { Recorder } from "./record/recorder.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { Timeline } from "./timeline.ts";
import { Verdict } from "./verdict.ts";

export interface RunOptions {
  readonly seed: number | string;
  /** Orrery's own version, for the record. */
  readonly version: string;
  /** Receives what is worth a row, as it comes. */
  readonly observe?: (entry: Entry) => void;
}

/** What a campaign keeps of a run; the rest of its record need not be made for that. */
export type Ending = Pick<RunRecord, "outcome" | "reason" | "endedAt" | "digest" | "promises">;

export type Phase = "warm-up" | "disturb" | "settle" | "over";

/** Between two samples of the gauges. */
const SAMPLE_EVERY = seconds(10);
/** Between two looks at the `eventually` promises while settling. */
const LOOK_EVERY = seconds(1);
/** Everything promised must have been true for so long before a run may end early. */
const STABLE = seconds(30);

export class Run {
  readonly header: RunHeader;
  readonly kernel: Kernel;
  readonly cluster: Cluster;
  private readonly scenario: Scenario;
  private readonly recorder: Recorder;
  private readonly verdict: Verdict;
  private readonly timeline: Timeline;
  private phase: Phase = "warm-up";
  private nextSample = SAMPLE_EVERY as number as Instant;
  private nextLook: Instant;
  private healed: Instant | undefined;
  private stopped: { readonly outcome: Outcome; readonly reason: string } | undefined;

  constructor(scenario: Scenario, options: RunOptions) {
    this.scenario = scenario;
    this.kernel = new Kernel({
      seed: options.seed,
      shuffle: scenario.shuffle,
      maxEvents: scenario.budgets.events,
      maxEventsAtOneInstant: scenario.budgets.eventsAtOneInstant,
    });
    const tell = options.observe ?? (() => {});
    this.cluster = new Cluster(this.kernel, scenario.cluster, scenario.rooms);
    const { view } = this.cluster;
    this.recorder = new Recorder(this.kernel.trace, view, (node) => this.cluster.place(node), tell);
    this.verdict = new Verdict(scenario.expect, view, this.kernel.trace);
    this.timeline = new Timeline(this.kernel, this.cluster, scenario, tell);
    this.nextLook = this.disturbanceEnds;
    this.header = header(scenario, options, this.cluster);
    this.cluster.boot();
    this.timeline.start();
  }

  get now(): Instant {
    return this.kernel.now;
  }

  /** The latest virtual time that the run can reach. */
  get horizon(): Instant {
    return after(
      this.disturbanceEnds,
      this.scenario.expect.eventually.length > 0 ? this.scenario.settle : (0 as Duration),
    );
  }

  get over(): boolean {
    return this.phase === "over";
  }

  get currentPhase(): Phase {
    return this.phase;
  }

  /** Runs at most so many events. Returns true when the run is over. */
  advance(slice: number): boolean {
    let left = slice;
    while (this.phase !== "over" && left > 0) {
      const before = this.kernel.events;
      const halt = this.runKernel(left);
      left -= this.kernel.events - before + 1;
      if (halt === "events" || halt === "instant") this.outOfBudget(halt);
      else if (halt === "horizon" || halt === "idle") this.reached();
    }
    return this.over;
  }

  /** What escapes from the kernel is a bug of ours; it is told with the time and the seed. */
  private runKernel(slice: number): Halt {
    try {
      return this.kernel.run(this.nextStop(), slice);
    } catch (error) {
      const at = formatDuration(this.now as number as Duration);
      const said = error instanceof Error ? error.message : String(error);
      throw new Error(`at ${at} of virtual time, seed ${this.header.seed}, ${said}`, { cause: error });
    }
  }

  /** Ends the run where it is; the record says so. */
  interrupt(): void {
    if (this.phase === "over") return;
    this.stop(
      "interrupted",
      `interrupted at ${formatDuration(this.now as number as Duration)} of ${formatDuration(this.scenario.duration)}`,
    );
  }

  /** Ends the run because whoever drives it has no more real time for it. */
  outOfWallTime(wallSeconds: number): void {
    this.stop("out-of-budget", `the budget of ${wallSeconds} seconds of real time was used up`);
  }

  /** How a run that is over has ended. */
  ending(): Ending {
    const { kernel } = this;
    const promises = this.verdict.rows(this.recorder.metrics, this.healed);
    const { outcome, reason } = this.stopped ?? judged(promises);
    return { outcome, reason, endedAt: kernel.now, digest: kernel.trace.digest.toString(), promises };
  }

  /** The record of a run that is over. */
  record(): RunRecord {
    const { kernel, recorder } = this;
    const { promises, ...ending } = this.ending();
    return {
      ...this.header,
      ...ending,
      counts: recorder.counts(kernel.events, kernel.trace.told),
      nodeRows: recorder.nodeRows(),
      podRows: recorder.podRows(),
      reconcileRows: recorder.reconcileRows(),
      requestRows: recorder.requestRows(),
      etcdWriteRows: recorder.etcdWriteRows(),
      flowControlRows: recorder.flowControlRows(),
      promises,
      metrics: recorder.metrics.summaries(),
    };
  }

  /** The samples of each metric, to be pooled with those of other runs. */
  distributions(): ReturnType<Recorder["metrics"]["distributions"]> {
    return this.recorder.metrics.distributions();
  }

  private get disturbanceEnds(): Instant {
    return after(START, this.scenario.duration);
  }

  private nextStop(): Instant {
    const ends = {
      "warm-up": after(START, this.scenario.warmUp),
      disturb: this.disturbanceEnds,
      settle: this.nextLook,
      over: this.now,
    };
    return Math.min(this.nextSample, ends[this.phase]) as Instant;
  }

  /** Every event up to a stop has run: sample, look, change phase as is due. */
  private reached(): void {
    const { now } = this;
    if (now >= this.nextSample) {
      this.recorder.sample();
      this.nextSample = after(this.nextSample, SAMPLE_EVERY);
    }
    if (this.phase === "warm-up" && now >= this.scenario.warmUp) {
      this.recorder.reset();
      this.phase = "disturb";
    }
    if (this.phase === "disturb" && now >= this.scenario.duration) {
      this.timeline.heal();
      this.healed = now;
      this.phase = "settle";
    }
    if (this.phase === "settle" && now >= this.nextLook) this.look();
  }

  private look(): void {
    const { now } = this;
    this.verdict.look();
    this.nextLook = after(now, LOOK_EVERY);
    const stable = this.verdict.settledSince((now - STABLE) as Instant) && now >= after(this.healed!, STABLE);
    if (now >= this.horizon || stable) this.phase = "over";
  }

  private outOfBudget(halt: Halt): void {
    const { events, eventsAtOneInstant } = this.scenario.budgets;
    const at = formatDuration(this.now as number as Duration);
    this.stop(
      "out-of-budget",
      halt === "events"
        ? `the budget of ${events} events was used up at ${at} of virtual time`
        : `more than ${eventsAtOneInstant} events happened at one instant, ${at}: virtual time no longer passes`,
    );
  }

  private stop(outcome: Outcome, reason: string): void {
    this.stopped = { outcome, reason };
    this.phase = "over";
  }
}

function judged(promises: readonly PromiseRow[]): { outcome: Outcome; reason: string } {
  const broken = promises.filter((promise) => promise.verdict === "broken");
  const safety = broken.filter((promise) => promise.kind !== "eventually");
  const names = (rows: readonly PromiseRow[]) => rows.map((row) => row.name).join(", ");
  if (safety.length > 0) return { outcome: "violated", reason: `broken: ${names(safety)}` };
  if (broken.length > 0) return { outcome: "not-converged", reason: broken.map((row) => row.said).join("; ") };
  const judgedOnes = promises.filter((promise) => promise.verdict === "kept");
  if (judgedOnes.length === 0) return { outcome: "passed", reason: "the run ended; nothing was promised" };
  return {
    outcome: "passed",
    reason: judgedOnes.length === 1 ? "the promise was kept" : `all ${judgedOnes.length} promises were kept`,
  };
}

function header(scenario: Scenario, options: RunOptions, cluster: Cluster): RunHeader {
  return {
    scenario: scenario.name,
    story: scenario.story,
    seed: String(options.seed),
    version: options.version,
    kubernetes: scenario.cluster.version,
    startsAt: formatTime(START, scenario.start),
    durationUs: scenario.duration,
    nodes: cluster.nodeCount,
  };
}
