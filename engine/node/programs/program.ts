/**
 * What a container does: its life from start to exit, told in virtual time.
 *
 * To add a program: one file in this folder that exports a `Program`, one line in `registry.ts`, one test. Declare what it can be told in
 * `parameters` (a duration may be written as a spread `{ median, sigma }`, drawn anew for each container), then write `run`: sleep, call
 * `running()` when the process is up and `ready()` when it would pass its readiness probe, and return the exit code, or `STAYS`
 * for a container that runs until it is stopped and then costs no event. SIGTERM is the runtime's affair: it ends a container after its
 * `shutdown`, or kills it when the grace is over, wherever `run` may be.
 */

import type { Pod } from "../../api/kinds/pod.ts";
import type { ParameterSpec } from "../../base/parameter.ts";
import { type Duration, milliseconds, seconds } from "../../base/units.ts";
import type { Client } from "../../client/client.ts";
import type { Process } from "../../kernel/process.ts";

/** What `run` returns for a container that runs until somebody stops it. */
export const STAYS: unique symbol = Symbol("stays");

/** The running container, as its program sees it. */
export interface Running {
  /** A parameter's value, drawn if it was given as a spread. */
  duration(name: string): Duration;
  number(name: string): number;
  boolean(name: string): boolean;
  /** The pod that it belongs to, as it was when its sandbox was made. */
  readonly pod: Pod;
  /** A client of the API with the pod's rights. */
  api(): Client;
  /** The process is up. */
  running(): void;
  /** It would pass its readiness probe from now on. */
  ready(): void;
  /** Writes a line to its log. */
  log(text: string): void;
}

export interface Program {
  /** As written in a scenario's `program`. */
  readonly name: string;
  /** One sentence for people. */
  readonly summary: string;
  readonly parameters: readonly ParameterSpec[];
  /** False: the registry does not know the image, and no container ever starts. */
  readonly imageExists: boolean;
  run(container: Running): Process<number | typeof STAYS>;
}

export const STARTUP: ParameterSpec = {
  name: "startup",
  type: "duration",
  default: seconds(1),
  meaning: "From the start of the container until its process runs.",
};
export const READY: ParameterSpec = {
  name: "ready",
  type: "duration",
  default: seconds(0),
  meaning: "From running until ready.",
};
export const SHUTDOWN: ParameterSpec = {
  name: "shutdown",
  type: "duration",
  default: milliseconds(500),
  meaning: "From SIGTERM until the process ends by itself, with exit code 0.",
};
