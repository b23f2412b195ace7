import { describe, expect, it } from "vitest";
import { FOREVER, type Instant, seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { StreamGate } from "../../engine/world/stream-gate.ts";

/** A gate with one lane of topic `Pod`, and what came through it when. */
function stage() {
  const kernel = new Kernel({ seed: 1 });
  const scope = kernel.scope(kernel.source("reader"));
  const gate = new StreamGate();
  const seen: string[] = [];
  const say = (what: string) => void seen.push(`${kernel.now / 1e6} ${what}`);
  const lane = gate.lane<string>(scope, "Pod", say);
  const until = (s: number) => void kernel.run(seconds(s) as unknown as Instant);
  return { kernel, scope, gate, lane, seen, say, until };
}

describe("a stream gate", () => {
  it("lets everything through at once, and wants no lane, while nothing is wrong", () => {
    const { gate, lane, seen } = stage();
    expect(gate.engaged).toBe(false);
    lane.offer("a");
    lane.end(() => seen.push("end"));
    expect(seen).toEqual(["0 a", "end"]);
  });

  it("delays each item by as much, in order, and the end behind them", () => {
    const { gate, lane, seen, say, until } = stage();
    gate.delay(undefined, seconds(10));
    lane.offer("a");
    until(3);
    lane.offer("b");
    lane.offer("c");
    until(5);
    lane.end(() => say("end"));
    until(60);
    expect(seen).toEqual(["10 a", "13 b", "13 c", "15 end"]);
  });

  it("holds back a stream that stands still, and hands over everything when that is undone", () => {
    const { gate, lane, seen, say, until } = stage();
    const heal = gate.delay("Pod", FOREVER);
    for (const item of ["a", "b"]) lane.offer(item);
    lane.end(() => say("end"));
    until(3_600);
    expect(seen).toEqual([]);
    heal();
    expect(gate.engaged).toBe(true);
    lane.offer("c");
    until(3_601);
    expect(seen).toEqual(["3600 a", "3600 b", "3600 end", "3600 c"]);
    expect(gate.engaged).toBe(false);
  });

  it("adds delays up, and leaves other topics alone", () => {
    const { gate, lane, seen, until } = stage();
    const heal = gate.delay(undefined, seconds(2));
    gate.delay("Pod", seconds(5));
    gate.delay("Node", seconds(100));
    lane.offer("a");
    until(1);
    lane.offer("b");
    until(7);
    expect(seen).toEqual(["7 a"]);
    heal();
    until(60);
    expect(seen).toEqual(["7 a", "7 b"]);
  });

  it("waits while the program is paused, and keeps true time on a slow clock", () => {
    const { gate, lane, seen, scope, until } = stage();
    gate.delay(undefined, seconds(10));
    scope.setRate(0.5);
    lane.offer("a");
    until(5);
    lane.offer("b");
    until(12);
    expect(seen).toEqual(["10 a"]);
    scope.hold();
    until(20);
    expect(seen).toEqual(["10 a"]);
    scope.release();
    until(21);
    expect(seen).toEqual(["10 a", "20 b"]);
  });

  it("forgets what waits in a stream that broke off, or whose reader has died", () => {
    const broken = stage();
    const heal = broken.gate.delay(undefined, FOREVER);
    broken.lane.offer("a");
    broken.lane.close();
    heal();
    expect(broken.gate.engaged).toBe(false);

    const dead = stage();
    const undo = dead.gate.delay(undefined, FOREVER);
    dead.lane.offer("a");
    dead.scope.kill();
    undo();
    dead.until(10);
    expect([dead.seen, dead.gate.engaged]).toEqual([[], false]);
  });

  it("loses what a sieve does not let through", () => {
    const { gate, lane, seen } = stage();
    const heal = gate.lose("Pod", (item) => (item === "b" ? undefined : item));
    for (const item of ["a", "b", "c"]) lane.offer(item);
    heal();
    lane.offer("b");
    expect(seen).toEqual(["0 a", "0 c", "0 b"]);
  });
});
