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
  rows(samples: number, seed: string): readonly (readonly (string | number | undefined)[])[];
}
 * Figures of the literature that Orrery draws from its own parts: what `orrery figure` knows. A figure plays many small worlds, a function of its seed
 * alone, and gives its curves as tables.
 *
 * To add one: write `export const myFigure = figure({...})` in a file of this folder, and add one line to `registry.ts`.
 */
import type { ParameterSpec, ParameterValues } from "../../base/parameter.ts";

export interface FigureTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface Drawing {
  /** The curves, point by point. */
  readonly curves: FigureTable;
  /** What is compared with the published figure. */
  readonly summary: FigureTable;
  /** What the reader must know: what was assumed, and what was left out. */
  readonly notes: readonly string[];
}

export interface Figure<Name extends string = string> {
  /** As on the command line, and the name of its files. */
  readonly name: Name;
  /** One line: what it shows, and where it was published. */
  readonly summary: string;
  readonly parameters: readonly ParameterSpec[];
  /** `trials`: of each curve. `tell` hears how far it is, from 0 to 1. */
  draw(seed: string, trials: number, values: ParameterValues, tell: (share: number) => void): Drawing;
}

export const figure = <Name extends string>(definition: Figure<Name>): Figure<Name> => definition;
