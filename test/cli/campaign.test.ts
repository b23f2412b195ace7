/** Whole campaigns, as a person starts them: the program is built into a folder of its own and run with real threads. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const CACHE = join(ROOT, "node_modules/.cache");
let folder = "";

const SPEC = (bound: string) => `apiVersion: orrery.dev/v1alpha1
kind: Scenario
metadata: { name: small }
spec:
  duration: 70s
  cluster: { nodePools: [{ name: n, count: 1 }] }
  expect:
    measure: [{ metric: apiserver_request_duration_seconds, max: "${bound}" }]
`;

beforeAll(() => {
  mkdirSync(CACHE, { recursive: true });
  folder = mkdtempSync(join(CACHE, "orrery-"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "kept.yaml"), SPEC("> 0s"));
  writeFileSync(join(folder, "broken.yaml"), SPEC("< 0.001s"));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const options = ["--project", "tsconfig.build.json", "--outDir", folder, "--incremental", "false"];
  // Types are checked elsewhere: what was written counts.
  spawnSync(process.execPath, [tsc, ...options, "--tsBuildInfoFile", "null"], { cwd: ROOT, stdio: "inherit" });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function orrery(args: readonly string[], watch?: (child: ChildProcess, stderr: string) => void): Promise<Ended> {
  // As if called by its path, not through npm: that shows in the line that plays a run again.
  const { npm_lifecycle_event: _, ...env } = process.env;
  const child = spawn(process.execPath, [join(folder, "engine/cli/main.js"), "run", ...args], { cwd: folder, env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
    watch?.(child, stderr);
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

/** Every file of a report, by name. */
const files = (report: string) =>
  Object.fromEntries(
    readdirSync(join(folder, report))
      .sort()
      .map((file) => [file, readFileSync(join(folder, report, file), "utf8")]),
  );
const rows = (report: string) => files(report)["runs.csv"]!.split("\r\n").slice(1, -1);

describe("a campaign", { timeout: 120_000 }, () => {
  it("leaves the same files for any number of threads, one row for each variation and seed", async () => {
    const args = ["kept.yaml", "--seeds", "1..8", "--vary", "spec.shuffle=false,true"];
    const one = await orrery([...args, "--jobs", "1", "--report-dir", "one"]);
    const three = await orrery([...args, "--jobs", "3", "--report-dir", "three"]);
    expect([one.code, three.code]).toEqual([0, 0]);
    expect(Object.keys(files("one"))).toEqual([
      "campaign.json",
      "metrics.csv",
      "percentiles.csv",
      "promises.csv",
      "runs.csv",
    ]);
    expect(files("three")).toEqual(files("one"));
    expect(rows("one").map((row) => row.split(",").slice(0, 3).join(" "))).toEqual(
      ["false", "true"].flatMap((shuffle) => [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => `${seed} ${shuffle} passed`)),
    );
  });

  it("tells the first failing seed with the line that plays it again, and ends as its worst run did", async () => {
    const { code, stdout, stderr } = await orrery([
      "broken.yaml",
      "--seeds",
      "4..6",
      "--vary",
      "spec.duration=65s",
      "--set",
      "metadata.annotations.story=it's odd",
      "-q",
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    const again = /^seed 4 violated: broken: .*\n {2}node \S+main\.js run (.*)\n$/.exec(stderr)![1]!;
    expect(again).toBe(
      "broken.yaml --seed 4 --set 'metadata.annotations.story=it'\\''s odd' --set 'spec.duration=65s'",
    );
    const pasted = `"${process.execPath}" engine/cli/main.js run ${again} --output json --no-report`;
    const alone = spawnSync("sh", ["-c", pasted], { cwd: folder, encoding: "utf8" });
    expect(alone.status, alone.stderr).toBe(1);
    expect(rows("orrery-report/small-seeds")[0]).toContain(`,${JSON.parse(alone.stdout).digest},`);
  });

  it("that is interrupted keeps what is done and says so", async () => {
    let sent = false;
    const { code } = await orrery(
      ["broken.yaml", "--seeds", "1..100000", "--jobs", "2", "--report-dir", "cut"],
      (child, stderr) => {
        if (sent || !stderr.includes("seed 1 violated")) return;
        sent = true;
        child.kill("SIGINT");
      },
    );
    expect(code).toBe(130);
    const summary = JSON.parse(files("cut")["campaign.json"]!);
    expect(summary).toMatchObject({ interrupted: true, planned: 100_000 });
    expect(summary.outcomes.violated).toBe(rows("cut").length);
    expect(rows("cut")[0]).toMatch(/^1,violated,/);
  });

  it("is refused with every reason before anything runs", async () => {
    const args = ["kept.yaml", "--seeds", "1..2", "--report-dir", "none"];
    const shape = await orrery([...args, "--seed", "3", "--vary", "spec.duration"]);
    expect(shape.code).toBe(2);
    expect(shape.stderr).toContain("--seed and --seeds: one of the two");
    expect(shape.stderr).toContain("--vary spec.duration: is not of the form path=a,b,c");
    const values = await orrery([...args, "--vary", "spec.duration=65s,soon", "--vary", "spec.nope=1,2"]);
    expect(values.code).toBe(2);
    expect(values.stderr).toContain("--vary spec.duration=soon");
    expect(values.stderr).toContain("3 problems; nothing was run");
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it("prints nothing but its figures with --output json", async () => {
    const { stdout, stderr } = await orrery(["kept.yaml", "--seeds", "1..2", "--output", "json", "--no-report"]);
    expect(JSON.parse(stdout)).toMatchObject({ seeds: "1..2", outcomes: { passed: 2 } });
    expect(stderr).toBe("");
  });
});
