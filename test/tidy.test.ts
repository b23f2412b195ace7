/** The structure as CONTRIBUTING draws it: layers, doors, bans, head comments, registered files. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** Each room imports only from rooms with a smaller number, and from itself. */
const ROOMS: readonly (readonly [path: string, level: number])[] = [
  ["engine/base", 0],
  ["engine/kernel", 1],
  ["engine/api", 1],
  ["engine/world", 2],
  ["engine/hub", 3],
  ["engine/cloud", 3],
  ["engine/client", 3],
  ["engine/control", 4],
  ["engine/node", 4],
  ["engine/cluster", 5],
  ["engine/experiment", 6],
  ["reports", 7],
  ["engine/cli", 8],
  ["bench", 9],
  ["test", 10],
];

/** Packages, and the only places that may import them. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  seedrandom: ["engine/kernel/random.ts"],
  yaml: ["engine/experiment/scenario/"],
  zod: ["engine/experiment/scenario/"],
  "fast-check": ["engine/experiment/explore/", "test/"],
  commander: ["engine/cli/"],
  "cli-progress": ["engine/cli/terminal.ts"],
  "csv-stringify": ["reports/csv/csv.ts"],
  "cli-table3": ["reports/text/"],
  picocolors: ["reports/text/"],
  tinybench: ["bench/measure.ts"],
  simjs: ["bench/peers/simjs.ts"],
  vitest: ["test/"],
};

/** What the engine below `cli` must not use, and what to use instead. */
const BANS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\b(?!Time)/, "daemon.now()"],
  [/\bperformance\b/, "virtual time"],
  [/\bMath\.random\b/, "a named stream"],
  [/\bMath\.(log|log2|log10|log1p|exp|expm1|pow|sin|cos|tan|sinh|cosh|tanh|cbrt|hypot|atan2?)\b/, "base/math.ts"],
  [/\bcrypto\b/, "a named stream, or base/hash.ts"],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/, "daemon.after"],
  [/\bPromise\b|\basync\b|\bawait\b/, "a process"],
  [/\bprocess\.(env|argv|exit|stdout|hrtime)\b/, "values handed in by cli"],
  [/\.localeCompare\b|\bIntl\b/, "a written comparator"],
];

const ROOT = join(import.meta.dirname, "..");

function sources(folder: string): string[] {
  const absolute = join(ROOT, folder);
  try {
    return readdirSync(absolute).flatMap((name) => {
      const path = join(folder, name);
      return statSync(join(ROOT, path)).isDirectory() ? sources(path) : path.endsWith(".ts") ? [path] : [];
    });
  } catch {
    return [];
  }
}

const FILES = ["engine", "reports", "bench", "test"].flatMap(sources);
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const withoutComments = (file: string): string =>
  text(file)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/\s\/\/ .*$/gm, "");

const roomOf = (file: string): readonly [string, number] | undefined =>
  ROOMS.find(([path]) => file === path || file.startsWith(`${path}/`));

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const found: Import[] = [];
  for (const match of text(file).matchAll(/^(?:import|export)\s+(type\s+)?[^;]*?from\s+"([^"]+)"/gm)) {
    const target = match[2]!;
    const from = target.startsWith(".") ? normalize(join(dirname(file), target)) : target;
    found.push({ from, typeOnly: match[1] !== undefined });
  }
  return found;
}

const engineBelowCli = FILES.filter((file) => file.startsWith("engine/") && !file.startsWith("engine/cli/"));

describe("the structure", () => {
  it("has every source file in a room", () => {
    expect(FILES.filter((file) => !roomOf(file))).toEqual([]);
  });

  it("lets each room import only from the rooms below it", () => {
    const wrong = FILES.flatMap((file) => {
      const [room, level] = roomOf(file)!;
      return importsOf(file)
        .filter(({ from }) => from.endsWith(".ts"))
        .filter(({ from }) => {
          const target = roomOf(from);
          return !target || (target[0] !== room && target[1] >= level);
        })
        .map(({ from }) => `${file} imports ${from}`);
    });
    expect(wrong).toEqual([]);
  });

  it("lets reports see the engine by type only", () => {
    const wrong = sources("reports").flatMap((file) =>
      importsOf(file)
        .filter(({ from, typeOnly }) => from.startsWith("engine/") && !typeOnly)
        .map(({ from }) => `${file} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has one door for each package", () => {
    const wrong = FILES.flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => !from.endsWith(".ts") && !from.startsWith("node:"))
        .filter(({ from }) => {
          const name = from.split("/")[0]!;
          return !(DOORS[name] ?? []).some((door) => file.startsWith(door));
        })
        .map(({ from }) => `${file} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it("touches files, sockets and the machine in cli, bench and test only", () => {
    const wrong = FILES.filter((file) => !/^(engine\/cli|bench|test)\//.test(file)).flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => from.startsWith("node:"))
        .map(({ from }) => `${file} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it("uses nothing in the engine that could differ between two runs", () => {
    const wrong = engineBelowCli.flatMap((file) => {
      const code = withoutComments(file).replace(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""');
      return BANS.filter(([pattern]) => pattern.test(code)).map(
        ([pattern, instead]) => `${file}: ${pattern} (use ${instead})`,
      );
    });
    expect(wrong).toEqual([]);
  });

  it("opens every file with what it is", () => {
    const wrong = FILES.filter((file) => !/^(#![^\n]*\n)?\/\*\*/.test(text(file)) && !file.endsWith(".test.ts"));
    expect(wrong).toEqual([]);
  });

  it("registers every controller, plugin, fault, promise, program, report and command", () => {
    const folders: readonly (readonly [folder: string, registered: RegExp])[] = [
      ["engine/api/kinds", /= kind</],
      ["engine/control/scheduler/plugins", /: Plugin\b|= plugin\(/],
      ["engine/experiment/faults", /= fault\(/],
      ["engine/experiment/invariants", /= (always|eventually|sometimes)\(/],
      ["engine/node/programs", /: Program\b.*=|= program\(/],
      ["reports/csv", /= csvReport</],
      ["engine/cli/commands", /: Command = /],
    ];
    const wrong = folders.flatMap(([folder, registered]) => {
      const registry = text(`${folder}/registry.ts`);
      return sources(folder)
        .filter((file) => dirname(file) === folder && registered.test(withoutComments(file)))
        .filter((file) => !registry.includes(`"./${relative(folder, file)}"`));
    });
    expect(wrong).toEqual([]);
  });

  it("has no source file that nobody imports", () => {
    const imported = new Set(FILES.flatMap((file) => importsOf(file).map(({ from }) => from)));
    const roots = /^(engine\/cli\/main\.ts|test\/.*\.test\.ts|bench\/(main|compare)\.ts)$/;
    expect(FILES.filter((file) => !imported.has(file) && !roots.test(file))).toEqual([]);
  });
});
