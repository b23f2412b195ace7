/**
 * A figure that is computed by the engine's own machinery without a run of a cluster: a table for `orrery figure`. To add one: a file in this folder that
 * exports a `Figure`, and one line in `registry.ts`.
 */
export interface Figure {
  readonly name: string;
  /** One line for `orrery list figures`. */
  readonly summary: string;
  /** Samples drawn when nobody says how many. */
  readonly samples: number;
  readonly columns: readonly string[];
  /** What the reader must know of its assumptions, and a line for each curve: said beside the table. */
  remarks?(rows: readonly (readonly (string | number | undefined)[])[]): readonly string[];
  rows(samples: number, seed: string): readonly (readonly (string | number | undefined)[])[];
}
