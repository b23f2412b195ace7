/**
 * Which program a container runs: the first rule of the scenario that selects its pod, and `steady` without one.
 * A choice and its values are made once for each rule and shared by all its containers.
 */

import type { Container, Pod } from "../api/kinds/pod.ts";
import { selects } from "../api/label.ts";
import { present } from "../base/assert.ts";
import type { ParameterSpec, ParameterValues } from "../base/parameter.ts";
import type { Duration } from "../base/units.ts";
import type { Stream } from "../kernel/random.ts";
import type { Program } from "./programs/program.ts";
import { PROGRAMS } from "./programs/registry.ts";
import { steady } from "./programs/steady.ts";
import type { ProgramRule } from "./settings.ts";

/** A program with what the scenario tells it. */
export interface ChosenProgram {
  readonly program: Program;
  readonly values: ParameterValues;
}

/** A duration that is drawn for each container: lognormal with this median. */
export interface Spread {
  readonly median: Duration;
  readonly sigma: number;
}

const BY_NAME: ReadonlyMap<string, Program> = new Map(PROGRAMS.map((program) => [program.name, program]));
const STEADY: ChosenProgram = { program: steady, values: {} };
const CHOSEN = new WeakMap<ProgramRule, ChosenProgram>();

/** The program of one container of a pod. Pure. */
export function programFor(pod: Pod, container: Container, rules: readonly ProgramRule[]): ChosenProgram {
  const rule = rules.find((each) => ruleSelects(each, pod, container));
  if (rule === undefined) return STEADY;
  let chosen = CHOSEN.get(rule);
  if (chosen === undefined) {
    chosen = { program: present(BY_NAME.get(rule.program), `program ${rule.program}`), values: rule.with };
    CHOSEN.set(rule, chosen);
  }
  return chosen;
}

function ruleSelects(rule: ProgramRule, pod: Pod, container: Container): boolean {
  if (rule.namespace !== undefined && rule.namespace !== pod.metadata.namespace) return false;
  if (rule.container !== undefined && rule.container !== container.name) return false;
  if (rule.image !== undefined && rule.image !== container.image) return false;
  return selects(rule.selector, pod.metadata.labels);
}

/** A duration that the scenario gave or the program's default; a spread is drawn. Never negative. */
export function durationOf({ program, values }: ChosenProgram, name: string, stream: Stream): Duration {
  const value = settingOf(program, values, name) as Duration | Spread;
  return typeof value === "number" ? value : stream.lognormal(value.median, value.sigma);
}

/** What the scenario gave, or the default of the program. */
export function settingOf(program: Program, values: ParameterValues, name: string): unknown {
  const given = values[name];
  if (given !== undefined) return given;
  const spec = program.parameters.find((parameter: ParameterSpec) => parameter.name === name);
  return present(spec, `parameter ${name} of program ${program.name}`).default;
}
