/**
 * CrashLoopBackOff: how long a container that ended waits for its next start. The first restart is immediate, then 10 s doubling to 300 s,
 * counted from the end of the attempt before; a run of more than 600 s starts the series anew (client-go `util/flowcontrol/backoff.go` as
 * `kuberuntime_manager.go` doBackOff uses it). Held in the kubelet's memory: its restart forgets every series.
 *
 * Keyed by container name and image within one pod, so that another image starts a series of its own. Pulls of images wait by the same ladder,
 * counted from the failed attempt (`images/image_manager.go`).
 */
import { between, type Duration, type Instant, seconds } from "../base/units.ts";

export interface BackoffLadder {
  readonly initial: Duration;
  readonly max: Duration;
  /** A success that lasted longer than this forgets the series. */
  readonly reset: Duration;
}

/** 10 s to 300 s for each pod and image; forgotten when idle for more than twice the largest wait. */
export const PULL_LADDER: BackoffLadder = { initial: seconds(10), max: seconds(300), reset: seconds(600) };

interface Step {
  wait: Duration;
  since: Instant;
}

export class RestartBackoff {
  private readonly steps = new Map<string, Step>();

  /** What is left to wait after something that ended at `event`; 0: go on. */
  remaining(key: string, event: Instant, now: Instant, ladder: BackoffLadder): Duration {
    const step = this.steps.get(key);
    if (step === undefined || between(step.since, event) > ladder.reset) return 0 as Duration;
    return Math.max(0, step.wait - between(event, now)) as Duration;
  }

  /** Notes that the next attempt is made now, after an end at `event`. */
  next(key: string, event: Instant, now: Instant, ladder: BackoffLadder): void {
    const step = this.steps.get(key);
    if (step === undefined || between(step.since, event) > ladder.reset) {
      this.steps.set(key, { wait: Math.min(ladder.initial, ladder.max) as Duration, since: now });
      return;
    }
    step.wait = Math.min(step.wait * 2, ladder.max) as Duration;
    step.since = now;
  }

  /** When the last step was taken; undefined for a key without a series. */
  lastStep(key: string): Instant | undefined {
    return this.steps.get(key)?.since;
  }
}

/** `pod_workers.go`: resyncInterval bounds every wait of a worker. */
const RESYNC_INTERVAL = seconds(60);

/** The wait before a worker looks again at a pod of which something is in back-off, before its jitter (completeWork). */
export const requeueDelay = (remaining: Duration): Duration =>
  Math.min(Math.max(0, remaining), RESYNC_INTERVAL) as Duration;
