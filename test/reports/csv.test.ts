import { describe, expect, it } from "vitest";
import type { Entry, NodeRow, RunRecord } from "../../engine/experiment/record/record.ts";
import { CsvTable } from "../../reports/csv/csv.ts";
import { CSV_REPORTS } from "../../reports/csv/registry.ts";
import { summaryText, wrap } from "../../reports/text/summary.ts";

const node: NodeRow = {
  name: "workers-0",
  pool: "workers",
  zone: "a",
  registeredAt: 1_250_000,
  readyAt: undefined,
  renewals: 12,
  renewalsPerHour: 352.9411,
  longestRenewalGapUs: 10_400_000,
  unknowns: 0,
  firstUnknownAt: undefined,
  detectionUs: undefined,
  firstNoExecuteAt: undefined,
  firstRecoveryAt: undefined,
  notReadyUs: 0,
  podsEvicted: 0,
  deletedAt: undefined,
};

const record: RunRecord = {
  scenario: "zone-outage",
  story: "A zone goes dark.",
  seed: "1",
  version: "0.1.0",
  kubernetes: "1.36",
  startsAt: "2026-01-01T00:00:00Z",
  durationUs: 2_400_000_000,
  nodes: 5_000,
  outcome: "violated",
  reason: "broken: at-most-one-leader",
  endedAt: 2_400_000_000,
  digest: "0123456789abcdef",
  counts: {
    events: 1,
    traceEvents: 1,
    requests: 1_234_567,
    commits: 1,
    leaseRenewals: 1,
    podsCreated: 1,
    podsEvicted: 1,
  },
  nodeRows: [node],
  podRows: [],
  reconcileRows: [],
  requestRows: [
    {
      verb: "update",
      kind: "Lease",
      subresource: "",
      code: 200,
      count: 1_170_000,
      p50Us: 2_345,
      p90Us: 1,
      p99Us: 99_999,
      maxUs: 1,
    },
  ],
  etcdWriteRows: [],
  flowControlRows: [],
  promises: [
    {
      name: "at-most-one-leader",
      kind: "always",
      verdict: "broken",
      violations: 2,
      firstAt: 1,
      said: "promised: never do two identities act as leader of one component at the same time; seen: two that did, for a long sentence's sake",
      measured: undefined,
    },
  ],
  metrics: [
    {
      metric: "apiserver_request_duration_seconds",
      count: 1_234_567,
      mean: 0.01,
      p50: 0.002,
      p90: 0.01,
      p99: 12.5,
      max: 150,
    },
  ],
};

function written(file: string, entries: readonly Entry[]): string {
  let text = "";
  const report = CSV_REPORTS.find((candidate) => candidate.file === file)!;
  const table = new CsvTable(report, (_, more) => {
    text += more;
  });
  for (const entry of entries) table.entry(entry);
  table.finish(record);
  return text;
}

describe("a CSV file", () => {
  it("has CRLF lines, seconds with six decimals, and nothing where there is no value", () => {
    const [header, row, end] = written("nodes.csv", []).split("\r\n");
    expect(header).toMatch(/^node,pool,zone,registered_s,ready_s,lease_renewals,/);
    expect(row).toBe("workers-0,workers,a,1.250000,,12,352.941,10.400000,0,,,,,0.000000,0,");
    expect(end).toBe("");
  });

  it("quotes what needs it", () => {
    const text = written("events.csv", [
      {
        type: "event",
        time: 5,
        eventType: "Warning",
        reason: "FailedScheduling",
        object: "Pod/default/web",
        component: "default-scheduler",
        count: 1,
        message: '0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint {"a": b}.',
      },
    ]);
    expect(text.split("\r\n")[1]).toContain(
      '"0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint {""a"": b}."',
    );
  });

  it("has a header even when nothing happened, and every header is used once", () => {
    for (const report of CSV_REPORTS) {
      const header = written(report.file, []).split("\r\n")[0]!.split(",");
      expect(header.length).toBeGreaterThan(3);
      expect(new Set(header).size).toBe(header.length);
    }
  });
});

describe("the summary at a terminal", () => {
  it("fits 80 columns and says what was broken", () => {
    const text = summaryText(record, false);
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(text).toContain("VIOLATED");
    expect(text).toContain("✗ at-most-one-leader (2 times)");
  });

  it("breaks long text at blanks", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  });
});
