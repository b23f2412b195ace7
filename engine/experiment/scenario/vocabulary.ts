/** The names that a scenario may use, from the registries: faults, programs, promises, metrics, controllers. */
import type { ParameterSpec } from "../../base/parameter.ts";
import { CONTROLLERS } from "../../control/controllers/registry.ts";
import { PROGRAMS } from "../../node/programs/registry.ts";
import type { Fault } from "../faults/fault.ts";
import { FAULTS } from "../faults/registry.ts";
import type { Invariant } from "../invariants/invariant.ts";
import { INVARIANTS } from "../invariants/registry.ts";
import type { Metric } from "../record/metric.ts";
import { METRICS } from "../record/registry.ts";

export interface Vocabulary {
  readonly faults: readonly Pick<Fault, "name" | "takes">[];
  readonly programs: readonly { readonly name: string; readonly parameters: readonly ParameterSpec[] }[];
  readonly invariants: readonly Invariant[];
  readonly metrics: readonly Metric[];
  readonly controllers: readonly string[];
}

export const VOCABULARY: Vocabulary = {
  faults: FAULTS,
  programs: PROGRAMS,
  invariants: INVARIANTS,
  metrics: METRICS,
  controllers: CONTROLLERS.map(({ name }) => name),
};
