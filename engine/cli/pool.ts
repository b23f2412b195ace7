/**
 * Shares out the runs of a campaign among players that are kept alive: worker threads in earnest, stand-ins in tests. Each is sent several
 * runs at a time, so that it need not wait for the next; few enough that all end at about the same time and results come nearly in order.
 * A player that is lost costs the run that it was at; its other runs go back into the queue and another player takes its place.
 */
import type { Task } from "../experiment/explore/campaign.ts";
import type { SeedResult } from "../experiment/explore/campaign-record.ts";
import { bug } from "../experiment/explore/play-seed.ts";

/** One who plays runs, one after the other, and tells each result when it is there. */
export interface Player {
  play(tasks: readonly Task[]): void;
  /** Stops at once, in the middle of a run if need be. */
  dismiss(): Promise<unknown>;
}

/** Hires a player. `told` is called for each task in the order sent; `lost` at most once, when nothing more will come. */
export type Hire = (told: (result: SeedResult) => void, lost: (why: string) => void) => Player;

export interface Work {
  readonly tasks: readonly Task[];
  readonly jobs: number;
  readonly hire: Hire;
  readonly told: (task: Task, result: SeedResult) => void;
}

/** A batch should last about so long, in milliseconds. */
const BATCH_MS = 250;
const MOST_IN_A_BATCH = 16;

export class Pool {
  private readonly work: Work;
  private readonly queue: Task[];
  private readonly players = new Set<Player>();
  private readonly started = performance.now();
  private ended = 0;
  private stopped = false;
  private finish: () => void = () => {};
  private fail: (error: unknown) => void = () => {};

  constructor(work: Work) {
    this.work = work;
    this.queue = [...work.tasks].reverse();
  }

  /** Plays everything. Comes back when all is played, or when it was stopped; throws what `told` throws. */
  async run(): Promise<void> {
    const over = new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    const jobs = Math.min(this.work.jobs, this.queue.length);
    for (let i = 0; i < jobs; i++) this.engage();
    try {
      if (jobs > 0) await over;
    } finally {
      this.stopped = true;
      await Promise.all([...this.players].map((player) => player.dismiss()));
    }
  }

  /** Plays nothing more; what is being played is given up. */
  stop(): void {
    this.stopped = true;
    this.finish();
  }

  private engage(): void {
    let batch: Task[] = [];
    const player = this.work.hire(
      (result) => {
        if (this.stopped) return;
        this.tell(batch.shift()!, result);
        if (batch.length === 0) next();
      },
      (why) => {
        if (this.stopped || !this.players.delete(player)) return;
        const [broken, ...spared] = batch;
        this.queue.push(...spared.reverse());
        if (broken) this.tell(broken, bug(why));
        if (this.queue.length > 0) this.engage();
      },
    );
    const next = () => {
      batch = this.take();
      if (batch.length > 0) player.play(batch);
    };
    this.players.add(player);
    next();
  }

  private tell(task: Task, result: SeedResult): void {
    this.ended++;
    try {
      this.work.told(task, result);
    } catch (error) {
      this.fail(error);
    }
    if (this.ended === this.work.tasks.length) this.finish();
  }

  /** The next runs from the queue: one to begin with, later as many as fill the time of a batch. */
  private take(): Task[] {
    const { jobs } = this.work;
    const each = ((performance.now() - this.started) * jobs) / Math.max(1, this.ended);
    const fitting = this.ended < jobs ? 1 : Math.floor(BATCH_MS / each);
    const fair = Math.ceil(this.queue.length / (2 * jobs));
    const count = Math.max(1, Math.min(fitting, fair, MOST_IN_A_BATCH));
    const taken: Task[] = [];
    while (taken.length < count && this.queue.length > 0) taken.push(this.queue.pop()!);
    return taken;
  }
}
