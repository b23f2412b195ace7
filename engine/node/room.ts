/**
 * A room with a thermometer and a heater: the device that the thermostat controller never meets. It watches its Thermostat object; every few
 * seconds it measures, reports `status.temperature`, and switches the heater as `status.heating` says. One more spoke: all it holds is a client.
 *
 * Cut off from the hub it goes on as it was last told, which may get hot. The air is one body: a heater of constant power, and walls that lose
 * in proportion to the difference with outside (Newton). While the device is off, the room stands still with it.
 */
import { isApiError } from "../api/error.ts";
import type { Thermostat } from "../api/kinds/thermostat.ts";
import { type Key, splitKey } from "../api/object.ts";
import type { User } from "../api/wire.ts";
import { exp } from "../base/math.ts";
import { between, type Duration, hours, seconds } from "../base/units.ts";
import { createClient } from "../client/client.ts";
import type { Credentials } from "../client/credentials.ts";
import { sharedInformers } from "../client/informer.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { Address, Daemon, Software } from "../world/daemon.ts";

/** How the air behaves; degrees are Celsius. */
export interface Physics {
  readonly outside: number;
  /** Degrees that the heater adds in an hour. */
  readonly heating: number;
  /** The time in which an unheated room loses all but 1/e of its difference with outside. */
  readonly insulation: Duration;
}

export interface RoomSettings extends Physics {
  /** `namespace/name` of the Thermostat on the wall. */
  readonly key: Key;
  readonly servers: readonly Address[];
  readonly credentials?: Credentials | undefined;
  /** At the very start, before anything was reported. */
  readonly temperature: number;
  /** How often the device measures, reports and obeys. */
  readonly reports: Duration;
}

/** Who a room's device is to the API. */
export const roomUser = (thermostat: Key): User => ({
  name: `orrery:room:${thermostat.replace("/", ":")}`,
  groups: ["orrery:rooms"],
});

/** The software of a host that is a room. */
export const room =
  (settings: RoomSettings): Software =>
  (daemon) => {
    daemon.spawn("device", keepReporting(daemon, settings));
  };

function* keepReporting(daemon: Daemon, settings: RoomSettings): Process {
  const { key, servers, reports, credentials } = settings;
  const { name } = splitKey(key);
  const user = roomUser(key);
  const client = createClient(daemon, { user, servers, qps: 5, burst: 10, timeout: seconds(10), credentials });
  const informers = sharedInformers(daemon, client);
  const thermostats = informers.of("Thermostat", { fieldSelector: { field: "metadata.name", value: name } });
  informers.start();
  yield* informers.waitForSync();

  let temperature = thermostats.get(key)?.status.temperature ?? settings.temperature;
  let heating = false;
  let measured = daemon.now();
  daemon.gauge("room_temperature_celsius", () => temperature);
  for (;;) {
    try {
      yield* client.patch("Thermostat", key, withTemperature(inTenths(temperature)), { subresource: "status" });
    } catch (error) {
      if (!isApiError(error)) throw error; // unheard this time; the next report says it all anyway
    }
    yield* sleep(reports);
    const now = daemon.now();
    temperature = temperatureAfter(temperature, between(measured, now), heating, settings);
    measured = now;
    heating = thermostats.get(key)?.status.heating ?? false;
  }
}

/** The temperature after so long with the heater on or off: towards the balance of heater and walls, by e for each `insulation`. Pure. */
export function temperatureAfter(from: number, elapsed: Duration, heating: boolean, physics: Physics): number {
  const balance = physics.outside + (heating ? physics.heating * (physics.insulation / hours(1)) : 0);
  return balance + (from - balance) * exp(-elapsed / physics.insulation);
}

const inTenths = (temperature: number): number => Math.round(temperature * 10) / 10;

const withTemperature =
  (temperature: number) =>
  (stored: Thermostat): Thermostat => ({ ...stored, status: { ...stored.status, temperature } });
