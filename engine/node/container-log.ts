/**
 * What a container has written, as the log file of the container runtime keeps it: the lines of this attempt and of the one before. Most containers
 * write nothing and have none.
 *
 * Simplified: a file holds a thousand lines, then the oldest go (the real one is rotated at 10 MiB, `containerLogMaxSize`).
 */
import type { Instant } from "../base/units.ts";

export interface LogLine {
  readonly time: Instant;
  readonly text: string;
}

/** Who reads on. */
export interface Follower {
  line(line: LogLine): void;
  /** The container has exited: nothing more will come. */
  ended(exitCode: number): void;
}

const MOST_LINES = 1_000;

export class ContainerLog {
  lines: LogLine[] = [];
  previous: readonly LogLine[] = [];
  private readonly followers = new Set<Follower>();

  append(time: Instant, text: string): void {
    const line = { time, text };
    this.lines.push(line);
    if (this.lines.length > MOST_LINES) this.lines.shift();
    for (const follower of this.followers) follower.line(line);
  }

  /** Gives what ends it. */
  follow(follower: Follower): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  /** This attempt is over. */
  end(exitCode: number): void {
    const followers = [...this.followers];
    this.followers.clear();
    for (const follower of followers) follower.ended(exitCode);
  }

  /** The next attempt begins. */
  turn(): void {
    this.previous = this.lines;
    this.lines = [];
  }
}
