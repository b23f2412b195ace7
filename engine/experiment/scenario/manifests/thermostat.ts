/** `orrery.dev/v1alpha1 Thermostat`, the worked example. */
import { dropped, map, number } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { metadata } from "./metadata.ts";

export const thermostat: ManifestKind = {
  kind: "Thermostat",
  apiVersion: "orrery.dev/v1alpha1",
  fields: { metadata, spec: map({ target: number, hysteresis: number }, ["target"]), status: dropped },
  required: ["metadata", "spec"],
  check(object, { problems, source, path }) {
    const { hysteresis } = (object["spec"] ?? {}) as { readonly hysteresis?: number };
    if (hysteresis !== undefined && hysteresis <= 0)
      problems.at(source, [...path, "spec", "hysteresis"], `found the number ${hysteresis}, expected more than 0`);
  },
};
