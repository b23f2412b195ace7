/** Runs one bench in a process of its own and hears its figures. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Figure } from "./figure.ts";
import type { ClockName } from "./measure.ts";

/** The word that makes `main` measure one bench here and print its figures as JSON. */
export const HERE = "--here";

/** `program` is the `bench/main` of this build or of another. */
export function measureApart(program: string, name: string, clock: ClockName): readonly Figure[] {
  const child = spawnSync(
    process.execPath,
    ["--expose-gc", "--max-old-space-size=6144", program, HERE, name, "--clock", clock],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 1 << 24,
    },
  );
  if (child.status !== 0) throw new Error(`${name}: its process ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout) as readonly Figure[];
}

/** `bench/main` of the build that runs now, or of one in another folder (a clone's root, where `npm run build` was run). */
export const programOf = (folder?: string): string =>
  folder === undefined
    ? join(import.meta.dirname, import.meta.url.endsWith(".ts") ? "main.ts" : "main.js")
    : join(folder, "dist/bench/main.js");
