/** Every fault. Add one: a file in this folder, a line here. */
import { crash } from "./crash.ts";
import type { Fault } from "./fault.ts";
import { kill } from "./kill.ts";
import { latency } from "./latency.ts";
import { loss } from "./loss.ts";
import { partition } from "./partition.ts";
import { pause } from "./pause.ts";
import { restart } from "./restart.ts";

export const FAULTS = [partition, latency, loss, crash, restart, kill, pause] as const satisfies readonly Fault[];

export type FaultName = (typeof FAULTS)[number]["name"];
