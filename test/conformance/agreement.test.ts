/** The tables of one eventful run, read back from their text, against each other and against the summary. */
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../engine/experiment/record/record.ts";
import { CsvTable } from "../../reports/csv/csv.ts";
import { CSV_REPORTS } from "../../reports/csv/registry.ts";
import { web } from "../stage.ts";
import { cluster, observe } from "./commits.ts";

/** The columns that are asked for here. */
type Column =
  | "change"
  | "created_s"
  | "deleted_by"
  | "gap_s"
  | "gone_s"
  | "holder"
  | "lease"
  | "namespace"
  | "object"
  | "overlap_s"
  | "pod"
  | "promise"
  | "reason"
  | "said"
  | "scheduled_s"
  | "time_s"
  | "verdict";
type Row = Readonly<Record<Column, string> & Record<string, string>>;

const SPEC = `duration: 14m
settle: 10m
${cluster(6, "", { servers: 2, managers: 2 })}
timeline:
  - { at: 2m, fault: crash, target: { host: n-1 }, duration: 10m }
  - { at: 3m, fault: kill, target: { leaderOf: kube-controller-manager }, duration: 1m }
  - { at: 4m30s, kubectl: exec deployment/web -- echo hello }
  - { at: 5m, fault: kill, target: { component: kube-apiserver }, duration: 6s }
  - { at: 10m, fault: pause, target: { leaderOf: kube-controller-manager }, duration: 40s }
  - { at: 11m, kubectl: rollout restart deployment/web }
  - { at: 13m, kubectl: scale deployment/web --replicas=4 }
expect:
  always: [one-node-per-pod]
  eventually: [{ converged: all, within: 10m }]`;

const tables = new Map<string, { readonly header: readonly string[]; readonly lines: readonly string[][] }>();
let record: RunRecord;

beforeAll(() => {
  const run = observe(SPEC, { seed: 2, files: { "web.yaml": web(9) } });
  record = run.record;
  for (const report of CSV_REPORTS) {
    let text = "";
    const table = new CsvTable(report, (_, more) => {
      text += more;
    });
    for (const entry of run.entries) table.entry(entry);
    table.finish(record);
    const [header, ...lines] = parse(text);
    tables.set(report.file, { header: header!, lines });
  }
});

/** RFC 4180: fields apart by commas, lines ended by CRLF, quotes doubled within quotes. */
function parse(text: string): string[][] {
  const lines: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const from = field.lastIndex;
    const found = field.exec(text);
    if (!found) throw new Error(`not RFC 4180 at ${from}: ${text.slice(from, from + 40)}`);
    const [, value, end] = found;
    lines.at(-1)!.push(value!.startsWith('"') ? value!.slice(1, -1).replaceAll('""', '"') : value!);
    if (end === "\r\n" && field.lastIndex < text.length) lines.push([]);
  }
  return lines;
}

function rows(file: string): Row[] {
  const { header, lines } = tables.get(file)!;
  return lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i]!])) as Row);
}

const sum = (file: string, column: string): number => rows(file).reduce((total, row) => total + Number(row[column]), 0);

describe("the tables of a run", () => {
  it("have as many fields in each line as names in the first, and an empty one where there is nothing to say", () => {
    for (const [file, { header, lines }] of tables) {
      // Nobody waits for seats in a small cluster, and an etcd of one member elects nobody.
      if (file !== "flow-control.csv" && file !== "etcd.csv") expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toHaveLength(header.length);
        for (const value of line) expect(value).not.toMatch(/undefined|NaN|Infinity|\[object/);
      }
    }
  });

  it("go forward in time", () => {
    for (const file of ["timeline.csv", "leases.csv", "events.csv", "faults.csv"]) {
      const times = rows(file).map((row) => Number(row.time_s));
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.at(-1)! * 1e6).toBeLessThanOrEqual(record.endedAt);
    }
  });

  it("add up to the counts of the summary", () => {
    const { counts } = record;
    expect(counts.podsEvicted).toBeGreaterThan(0);
    expect(rows("pods.csv")).toHaveLength(counts.podsCreated);
    expect(sum("requests.csv", "count")).toBe(counts.requests);
    expect(sum("nodes.csv", "lease_renewals")).toBe(counts.leaseRenewals);
    expect(sum("nodes.csv", "pods_evicted")).toBe(counts.podsEvicted);
    expect(rows("pods.csv").filter((row) => row.deleted_by.endsWith(":node-controller"))).toHaveLength(
      counts.podsEvicted,
    );
  });

  it("have rates whose sum is what was counted, up to what came after the last sample", () => {
    const samples = rows("timeline.csv");
    const left = record.endedAt / 1e6 - Number(samples.at(-1)!.time_s);
    expect(left).toBeLessThan(10);
    for (const [column, count] of [
      ["requests_per_s", record.counts.requests],
      ["commits_per_s", record.counts.commits],
      ["lease_renewals_per_s", record.counts.leaseRenewals],
    ] as const) {
      const sampled = sum("timeline.csv", column) * 10;
      expect(sampled).toBeLessThan(count + 1);
      expect(sampled).toBeGreaterThan(count * 0.98);
    }
  });

  it("count at each sample the pods that the table of pods has at that time", () => {
    const pods = rows("pods.csv");
    for (const sample of rows("timeline.csv")) {
      const now = Number(sample.time_s);
      const alive = pods.filter(
        (pod) => Number(pod.created_s) <= now && (pod.gone_s === "" || Number(pod.gone_s) > now),
      );
      const phases = ["pods_pending", "pods_running", "pods_terminating", "pods_succeeded", "pods_failed"];
      expect(
        phases.reduce((total, phase) => total + Number(sample[phase]), 0),
        `at ${now}`,
      ).toBe(alive.length);
    }
  });

  it("say of each change of leaders how long the gap or the overlap was that it ended", () => {
    const acting = new Map<string, Set<string>>();
    const since = new Map<string, number>();
    for (const row of rows("leases.csv")) {
      const time = Number(row.time_s);
      const seat = acting.get(row.lease) ?? new Set();
      acting.set(row.lease, seat);
      const before = Math.min(seat.size, 2);
      if (row.change === "started-leading" || row.change === "resumed") seat.add(row.holder);
      if (row.change === "stopped-leading" || row.change === "paused") seat.delete(row.holder);
      const after = Math.min(seat.size, 2);
      if (before === after) continue;
      const length = time - (since.get(row.lease) ?? Number.NaN);
      since.set(row.lease, time);
      if (before === 0 && row.gap_s !== "") expect(Number(row.gap_s)).toBeCloseTo(length, 4);
      if (before === 2) expect(Number(row.overlap_s)).toBeCloseTo(length, 4);
    }
    expect(rows("leases.csv").filter((row) => row.overlap_s !== "")).toHaveLength(1);
    expect(rows("leases.csv").filter((row) => row.gap_s !== "").length).toBeGreaterThanOrEqual(2);
  });

  it("have an Event of the scheduler for each pod that it bound", () => {
    const bound = new Set(
      rows("pods.csv")
        .filter((pod) => pod.scheduled_s !== "")
        .map((pod) => `Pod/${pod.namespace}/${pod.pod}`),
    );
    const told = rows("events.csv").filter((row) => row.reason === "Scheduled");
    for (const { object } of told) expect(bound).toContain(object);
    expect(told.length).toBeGreaterThan(bound.size * 0.8);
  });

  it("have each promise as the summary has it", () => {
    expect(rows("invariants.csv").map(({ promise, verdict, said }) => ({ name: promise, verdict, said }))).toEqual(
      record.promises.map(({ name, verdict, said }) => ({ name, verdict, said })),
    );
    expect(record.outcome).toBe("passed");
  });
});
