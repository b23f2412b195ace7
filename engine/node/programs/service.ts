/** A server with caches to fill: slower to start and to become ready than `steady`, and it drains its connections before it ends. */
import { seconds } from "../../base/units.ts";
import { type Program, READY, SHUTDOWN, STARTUP } from "./program.ts";
import { stay } from "./steady.ts";

export const service: Program = {
  name: "service",
  summary: "A server: starts more slowly than `steady`, and drains for a while before it ends.",
  parameters: [
    { ...STARTUP, default: seconds(2) },
    { ...READY, default: seconds(3) },
    { ...SHUTDOWN, default: seconds(2) },
  ],
  imageExists: true,
  run: stay,
};
