/**
 * The thermostat of the Kubernetes documentation, as the smallest controller there is. A person writes down the temperature that is
 * wanted; the room reports the one it has; this loop compares the two and asks for heat, or for none.
 *
 * It neither measures nor heats: both happen in the room, which it never meets. It may be late, run twice or start again at any time,
 * and the room will still end up as warm as it should be. Take it as the pattern for a controller of your own.
 */
import type { Thermostat } from "../../api/kinds/thermostat.ts";
import { controller, done } from "../../client/controller.ts";
import type { ControllerManagerSettings } from "../settings.ts";

export const thermostat = controller<ControllerManagerSettings>({
  name: "thermostat",
  reconciles: "Thermostat",
  *reconcile(key, { informers, client }) {
    const known = informers.of("Thermostat").get(key);
    if (!known) return done(); // somebody took it off the wall
    const heating = shouldHeat(known);
    if (heating === known.status.heating) return done();
    yield* client.patch("Thermostat", key, (stored) => ({ ...stored, status: { ...stored.status, heating } }), STATUS);
    return done();
  },
});

/** Heat below the band around the target, none above it; within it stay as you are, so that the heater does not flutter. */
export function shouldHeat({ spec: { target, hysteresis }, status: { temperature, heating } }: Thermostat): boolean {
  if (temperature === undefined) return false; // nobody has measured yet
  if (temperature < target - hysteresis) return true;
  return temperature <= target + hysteresis && heating === true;
}

const STATUS = { subresource: "status" } as const;
