/**
 * What a named thing that a person writes in a scenario can be told: the same description serves faults, programs and invariants, their
 * reading, their help texts and the editor's schema. A value that was read has the default filled in: a `Duration` for durations, a number
 * from 0 to 1 for fractions.
 */
export interface ParameterSpec {
  /** As written in the file: camelCase. */
  readonly name: string;
  readonly type: "duration" | "number" | "fraction" | "string" | "boolean" | "enum";
  /** The values an `enum` may have. */
  readonly values?: readonly string[];
  /** Smallest and largest allowed value of a duration (microseconds) or number, ends included. Durations are never negative. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** What counts when nothing is written: already a `Duration`, a number, … */
  readonly default?: unknown;
  /** Without it and without a default, the value may be missing (`undefined`). */
  readonly required?: boolean;
  /** One sentence for people. */
  readonly meaning: string;
}

/** Values by parameter name, checked against their specs. */
export type ParameterValues = Readonly<Record<string, unknown>>;
