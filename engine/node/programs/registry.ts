/** Every program. Add one: a file in this folder (contract and how-to in `program.ts`), a line here, a test. */
import { apiClient } from "./api-client.ts";
import { badImage } from "./bad-image.ts";
import { chatty } from "./chatty.ts";
import { crashing } from "./crashing.ts";
import { job } from "./job.ts";
import type { Program } from "./program.ts";
import { service } from "./service.ts";
import { slowToStart } from "./slow-to-start.ts";
import { steady } from "./steady.ts";
import { unready } from "./unready.ts";

export const PROGRAMS = [
  steady,
  service,
  slowToStart,
  unready,
  job,
  crashing,
  chatty,
  badImage,
  apiClient,
] as const satisfies readonly Program[];
