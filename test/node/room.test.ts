import { describe, expect, it } from "vitest";
import { type Duration, hours, minutes } from "../../engine/base/units.ts";
import { temperatureAfter } from "../../engine/node/room.ts";

const physics = { outside: 5, heating: 12, insulation: hours(2) };

describe("the air of a room", () => {
  it("loses all but 1/e of its difference with outside in the time of its insulation", () => {
    expect(temperatureAfter(15, hours(2), false, physics)).toBeCloseTo(5 + 10 * 0.36787944, 6);
  });

  it("balances where the walls lose what the heater adds", () => {
    expect(temperatureAfter(15, hours(200), true, physics)).toBeCloseTo(29, 6);
  });

  it("is the same in one step as in many", () => {
    let temperature = 15;
    for (let i = 0; i < 60; i++) temperature = temperatureAfter(temperature, minutes(1), true, physics);
    expect(temperature).toBeCloseTo(temperatureAfter(15, minutes(60), true, physics), 9);
  });

  it("does not change in no time", () => {
    expect(temperatureAfter(17.3, 0 as Duration, true, physics)).toBeCloseTo(17.3, 12);
  });
});
