import { describe, expect, it } from "vitest";
import type { Thermostat } from "../../engine/api/kinds/thermostat.ts";
import { type Duration, hours, minutes, seconds } from "../../engine/base/units.ts";
import { controllerManager } from "../../engine/control/controllers/controller-manager.ts";
import { thermostat } from "../../engine/control/controllers/thermostat.ts";
import { CONTROLLER_MANAGER } from "../../engine/experiment/scenario/defaults.ts";
import { room, temperatureAfter } from "../../engine/node/room.ts";
import { TinyHub } from "../client/tiny-hub.ts";
import { HUB, serving } from "../control/controllers/hub-server.ts";
import { at, Stage } from "../world/stage.ts";

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

describe("a room and the thermostat controller, which never meet", () => {
  it("keep the temperature about the target, through the hub", () => {
    const stage = new Stage();
    const hub = new TinyHub();
    stage.run("hub", serving(hub));
    const meta = { name: "hall", namespace: "default", uid: "", resourceVersion: 0, creationTimestamp: at(0) };
    const spec = { target: 20, hysteresis: 0.5 };
    const status = () => hub.get<Thermostat>("Thermostat", "default/hall")!.status;
    hub.put<Thermostat>({ apiVersion: "orrery.dev/v1alpha1", kind: "Thermostat", metadata: meta, spec, status: {} });
    const settings = { ...CONTROLLER_MANAGER, controllers: ["thermostat"] };
    stage.run("manager", controllerManager({ settings, servers: [HUB], controllers: [thermostat] }));
    stage.run(
      "room-hall",
      room({ ...physics, key: "default/hall", servers: [HUB], temperature: 15, reports: seconds(10) }),
    );
    stage.until(60);
    expect(status()).toMatchObject({ heating: true });
    expect(status().temperature).toBeGreaterThan(15);
    for (let hour = 2; hour < 8; hour++) {
      stage.until(hour * 3_600);
      expect(Math.abs(status().temperature! - 20)).toBeLessThan(0.7);
    }
  });

  it("goes on as it was last told while the hub is out of reach", () => {
    const stage = new Stage();
    const hub = new TinyHub();
    const server = stage.run("hub", serving(hub));
    const meta = { name: "hall", namespace: "default", uid: "", resourceVersion: 0, creationTimestamp: at(0) };
    const object = { apiVersion: "orrery.dev/v1alpha1", kind: "Thermostat", metadata: meta } as const;
    hub.put<Thermostat>({ ...object, spec: { target: 20, hysteresis: 0.5 }, status: { heating: true } });
    const device = stage.run(
      "room-hall",
      room({ ...physics, key: "default/hall", servers: [HUB], temperature: 15, reports: seconds(10) }),
    );
    stage.until(60);
    server.kill();
    stage.until(36_000);
    expect(device.gauges.get("room_temperature_celsius")!()).toBeGreaterThan(28);
  });
});
