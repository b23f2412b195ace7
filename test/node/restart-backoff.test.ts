import { describe, expect, it } from "vitest";
import { type Duration, type Instant, inSeconds, seconds } from "../../engine/base/units.ts";
import { RestartBackoff, requeueDelay } from "../../engine/node/restart-backoff.ts";

const LADDER = { initial: seconds(10), max: seconds(300), reset: seconds(600) };
const at = (s: number): Instant => seconds(s) as number as Instant;

/** Waits, in seconds, of a container that ends `runs` seconds after each start. */
function waits(count: number, runs: number): number[] {
  const backoff = new RestartBackoff();
  const seen: number[] = [];
  let now = 0;
  for (let i = 0; i < count; i++) {
    const finished = now + runs;
    const wait = inSeconds(backoff.remaining("app", at(finished), at(finished), LADDER));
    seen.push(wait);
    now = finished + wait;
    backoff.next("app", at(finished), at(now), LADDER);
  }
  return seen;
}

describe("CrashLoopBackOff", () => {
  it("restarts at once the first time, then waits 10 s doubling to 300 s", () => {
    expect(waits(9, 1)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it("counts the wait from the end of the attempt before", () => {
    const backoff = new RestartBackoff();
    backoff.next("app", at(0), at(0), LADDER);
    expect(inSeconds(backoff.remaining("app", at(100), at(103), LADDER))).toBe(7);
    expect(backoff.remaining("app", at(100), at(110), LADDER)).toBe(0);
  });

  it("goes on with its series after a run of exactly 600 s, and starts anew after a longer one", () => {
    expect(waits(4, 600)).toEqual([0, 10, 20, 40]);
    expect(waits(4, 601)).toEqual([0, 0, 0, 0]);
  });

  it("forgets nothing about one container when another ends", () => {
    const backoff = new RestartBackoff();
    backoff.next("a", at(0), at(0), LADDER);
    expect(backoff.remaining("b", at(1), at(1), LADDER)).toBe(0);
    expect(inSeconds(backoff.remaining("a", at(1), at(1), LADDER))).toBe(10);
  });

  it("starts from a maximum that lies below ten seconds", () => {
    const backoff = new RestartBackoff();
    const low = { ...LADDER, max: seconds(3) };
    backoff.next("a", at(0), at(0), low);
    expect(inSeconds(backoff.remaining("a", at(1), at(1), low))).toBe(3);
  });
});

describe("a worker in back-off", () => {
  it("looks again when the wait is over, but after a minute at the latest", () => {
    expect(requeueDelay(seconds(7))).toBe(seconds(7));
    expect(requeueDelay(seconds(300))).toBe(seconds(60));
    expect(requeueDelay(-1 as Duration)).toBe(0);
  });
});
