import { describe, expect, it } from "vitest";
import { seconds } from "../../engine/base/units.ts";
import { at, Stage } from "./stage.ts";

describe("a clock that drifts for a while", () => {
  it("gains or loses, and shows afterwards what it would have shown; its ticking keeps what it has gained", () => {
    const stage = new Stage();
    const { clock } = stage.host("h", { clock: { offset: seconds(7), ratePpm: 0 } });
    stage.until(10);
    const heal = clock.drift(2);
    stage.until(30);
    expect([clock.now(), clock.monotonic(), clock.rate]).toEqual([at(57), at(50), 2]);
    heal();
    expect([clock.now(), clock.rate]).toEqual([at(37), 1]);
    stage.until(40);
    expect([clock.now(), clock.monotonic()]).toEqual([at(47), at(60)]);
  });

  it("multiplies drifts that overlap, in whatever order they are undone", () => {
    const stage = new Stage();
    const { clock } = stage.host("h", { clock: { offset: seconds(0), ratePpm: 100 } });
    const [slow, fast] = [clock.drift(0.5), clock.drift(4)];
    expect(clock.rate).toBeCloseTo(2.0002, 9);
    stage.until(10);
    slow();
    expect(clock.rate).toBeCloseTo(4.0004, 9);
    stage.until(20);
    fast();
    fast();
    expect(clock.rate).toBe(1.0001);
    expect(clock.now()).toBe(20_002_000);
  });

  it("re-times what is armed on the host, both when it begins and when it ends", () => {
    const stage = new Stage();
    const { host } = stage.run("h", (daemon) => {
      daemon.after(seconds(10), () => stage.say("ten"));
      daemon.after(seconds(30), () => stage.say("thirty"));
    });
    const heal = host.clock.drift(0.5);
    stage.until(20);
    heal();
    stage.until(60);
    expect(stage.diary).toEqual(["20 ten", "40 thirty"]);
  });
});
