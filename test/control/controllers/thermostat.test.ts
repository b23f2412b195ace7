import { describe, expect, it } from "vitest";
import type { Thermostat } from "../../../engine/api/kinds/thermostat.ts";
import { hours, seconds } from "../../../engine/base/units.ts";
import { shouldHeat, thermostat } from "../../../engine/control/controllers/thermostat.ts";
import { temperatureAfter } from "../../../engine/node/room.ts";
import { workloadStage } from "./workload-stage.ts";

const reading = (status: Thermostat["status"]): Thermostat => ({
  apiVersion: "orrery.dev/v1alpha1",
  kind: "Thermostat",
  metadata: { name: "hall", namespace: "default", uid: "u", resourceVersion: 1, creationTimestamp: 0 as never },
  spec: { target: 20, hysteresis: 0.5 },
  status,
});

describe("the thermostat", () => {
  it.each([
    [19.4, false, true],
    [19.4, undefined, true],
    [19.5, false, false],
    [20.5, true, true],
    [20, true, true],
    [20, false, false],
    [20.6, true, false],
    [undefined, true, false],
  ])("at %s degrees with the heater %s asks for heat: %s", (temperature, heating, heat) => {
    const status = { ...(temperature !== undefined && { temperature }), ...(heating !== undefined && { heating }) };
    expect(shouldHeat(reading(status))).toBe(heat);
  });

  it("brings a room to its target and keeps it there", () => {
    const physics = { outside: 5, heating: 12, insulation: hours(2) };
    let temperature = 15;
    let heating = false;
    let switches = 0;
    for (let i = 0; i < 360 * 6; i++) {
      const before: boolean = heating;
      temperature = temperatureAfter(temperature, seconds(10), heating, physics);
      heating = shouldHeat(reading({ temperature, heating }));
      if (heating !== before) switches += 1;
      if (i > 360 * 2) expect(Math.abs(temperature - 20)).toBeLessThan(0.6);
    }
    expect(switches).toBeGreaterThan(3);
    expect(switches).toBeLessThan(100);
  });

  it("writes its wish into the status, beside what the room reports, and only when it changes", () => {
    const stage = workloadStage();
    stage.hub.put(reading({ temperature: 18 }));
    stage.start(thermostat);
    stage.until(1);
    const wish = () => stage.list("Thermostat")[0]!.status;
    expect(wish()).toEqual({ temperature: 18, heating: true });
    const writes = () => stage.hub.requests.filter(({ verb }) => verb === "patch").length;
    stage.edit(stage.list("Thermostat")[0]!, (object) => ({
      ...object,
      status: { ...object.status, temperature: 20 },
    }));
    stage.until(2);
    expect(writes()).toBe(1);
    stage.edit(stage.list("Thermostat")[0]!, (object) => ({ ...object, spec: { ...object.spec, target: 15 } }));
    stage.until(3);
    expect(wish()).toEqual({ temperature: 20, heating: false });
  });
});
