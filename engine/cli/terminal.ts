/** What a person sees while and after a run: lines on stderr, results on stdout, a bar when somebody is watching. */
import { SingleBar } from "cli-progress";
import { clock } from "../../reports/text/summary.ts";

/** Prints results. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Prints what is not a result: progress, errors, hints. */
export const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Whether colours reach a person on this stream: a terminal, and no NO_COLOR. */
export const seesColour = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY === true && process.env["NO_COLOR"] === undefined;

export interface Progress {
  /** Virtual time reached, in microseconds, and what the run is doing. */
  update(now: number, phase: string): void;
  stop(): void;
}

/** A bar on a terminal, a line at each tenth of the way elsewhere, nothing when quiet. */
export function progress(label: string, end: number, quiet: boolean): Progress {
  if (quiet) return { update() {}, stop() {} };
  return process.stderr.isTTY ? bar(label, end) : lines(label, end);
}

function bar(label: string, end: number): Progress {
  const started = performance.now();
  const single = new SingleBar({
    format: `${label} {bar} {percentage}% | {virtual} | {speed} × life | {phase}`,
    barsize: 24,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  single.start(end, 0, { virtual: "0s", speed: "–", phase: "" });
  return {
    update: (now, phase) => single.update(now, { virtual: clock(now), speed: speed(now, started), phase }),
    stop: () => single.stop(),
  };
}

function lines(label: string, end: number): Progress {
  const started = performance.now();
  let told = 0;
  return {
    update(now, phase) {
      const tenth = Math.floor((now / end) * 10);
      if (tenth <= told) return;
      told = tenth;
      say(`${label}: ${clock(now)} of ${clock(end)} (${phase}), ${speed(now, started)} × life`);
    },
    stop() {},
  };
}

export interface Counter {
  /** Runs that have ended, and what is to be known of them. */
  update(done: number, note: string): void;
  /** Prints a line above the bar. */
  say(text: string): void;
  stop(): void;
}

/** As `progress`, for a campaign: how many runs have ended and how much time is left. */
export function counter(label: string, total: number, quiet: boolean): Counter {
  if (quiet) return { update() {}, say, stop() {} };
  const started = performance.now();
  return process.stderr.isTTY ? countingBar(label, total, started) : countingLines(label, total, started);
}

function countingBar(label: string, total: number, started: number): Counter {
  const single = new SingleBar({
    format: `${label} {bar} {value}/{total} runs | {left} left{note}`,
    barsize: 24,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  let reached = 0;
  let shown = { left: "–", note: "" };
  single.start(total, reached, shown);
  return {
    update(done, note) {
      reached = done;
      shown = { left: timeLeft(done, total, started), note: note === "" ? "" : ` | ${note}` };
      single.update(reached, shown);
    },
    // The bar remembers the place where it began and clears it at the end; so it begins anew below the line.
    say(text) {
      single.stop();
      say(text);
      single.start(total, reached, shown);
    },
    stop: () => single.stop(),
  };
}

function countingLines(label: string, total: number, started: number): Counter {
  let told = 0;
  return {
    update(done, note) {
      const tenth = Math.floor((done / total) * 10);
      if (tenth <= told || done === total) return;
      told = tenth;
      const left = timeLeft(done, total, started);
      say(`${label}: ${done} of ${total} runs, ${left} left${note === "" ? "" : `, ${note}`}`);
    },
    say,
    stop() {},
  };
}

function timeLeft(done: number, total: number, started: number): string {
  if (done === 0) return "–";
  return clock(((performance.now() - started) / done) * (total - done) * 1_000);
}

/** How many times faster than life a run has gone. */
export function speed(virtual: number, started: number): string {
  const wall = (performance.now() - started) * 1_000;
  return wall < 50_000 ? "–" : String(Math.round(virtual / wall));
}
