/** What this program is: its folder, its version, and how it was called. */
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json: one above `engine` in the sources, one above `dist` when built. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      const parsed = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: string };
      if (parsed.name === "orrery") return folder;
    } catch {
      // not here: look further up
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error("package.json of orrery is not above its program");
    folder = parent;
  }
}

export const version = (): string =>
  (JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as { version: string }).version;

/** How to call this program again: through npm in a clone, by its path, or by its name where it is installed. */
export function invocation(): string {
  if (process.env["npm_lifecycle_event"] !== undefined) return "npm run orrery --";
  const script = process.argv[1] ?? "";
  return basename(script) === "main.js" ? `node ${relative(".", script)}` : "orrery";
}

/** The line that plays one seed of a scenario again, to be pasted into a shell. */
export function reproduction(file: string, seed: number | string, overrides: readonly string[]): string {
  const sets = overrides.map((text) => ` --set ${quoted(text)}`);
  return `${invocation()} run ${word(file)} --seed ${word(String(seed))}${sets.join("")}`;
}

/** As one word of a shell, in quotes if it needs them. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text));
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
