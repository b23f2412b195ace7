/**
 * `orrery.dev/v1alpha1 Thermostat`: the example of the Kubernetes documentation on controllers, as an object.
 * A person writes `spec.target`; the room's device reports `status.temperature` and obeys `status.heating`, which the controller sets.
 */
import { invalid } from "../error.ts";
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface Thermostat extends KubeObject {
  readonly kind: "Thermostat";
  readonly spec: {
    /** Degrees Celsius wanted. */
    readonly target: number;
    /** Degrees the room may stray before the controller acts. Default 0.5. */
    readonly hysteresis: number;
  };
  readonly status: { readonly temperature?: number; readonly heating?: boolean };
}

export const thermostat = kind<Thermostat>({
  kind: "Thermostat",
  apiVersion: "orrery.dev/v1alpha1",
  plural: "thermostats",
  namespaced: true,
  hasStatus: true,
  countsGenerations: true,
  unconditionalUpdate: true,
  defaults: (object) =>
    object.spec.hysteresis === undefined
      ? { ...object, spec: { ...(object.spec as { target: number }), hysteresis: 0.5 } }
      : object,
  prepareForCreate: (object) => ({ ...object, status: {} }),
  validate(object) {
    if (object.spec.hysteresis <= 0)
      return invalid("thermostats", object.metadata.name, "spec.hysteresis: must be greater than 0");
    return undefined;
  },
});
