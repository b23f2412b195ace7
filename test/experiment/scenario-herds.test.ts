/** The shipped scenarios of herds and heartbeats, on fewer nodes than they are shipped with: what their stories say of the switch that they name. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Entry, RunRecord } from "../../engine/experiment/record/record.ts";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";
import { play } from "../stage.ts";

const folder = new URL("../../scenarios/", import.meta.url);
const files = { read: (path: string) => readFileSync(new URL(path, folder)) };

function played(name: string, ...overrides: string[]) {
  const outcome = readScenario(files, `${name}/${name}.yaml`, overrides);
  if ("problems" in outcome) throw new Error(formatProblems(outcome.problems));
  return play(outcome.scenario, 1);
}

const broken = ({ promises }: RunRecord): readonly string[] =>
  promises.filter(({ verdict }) => verdict === "broken").map(({ name }) => name);

/** Requests a second on average, from one minute of the run to another. */
function rate(entries: readonly Entry[], from: number, to: number, of: "lists" | "requests"): number {
  const rows = entries.filter((entry) => entry.type === "request-rate");
  const within = rows.filter(({ time }) => time >= from * 60e6 && time < to * 60e6);
  return within.reduce((sum, row) => sum + row[of], 0) / ((to - from) * 60);
}

describe("reflectors that are refused", () => {
  const clients = "spec.cluster.clients.reflectorBackoff";
  const few = "spec.cluster.nodePools[0].count=60";

  it.each([
    // 120 reflectors of kubelets and some twenty of the control plane: each every second, or every 45 s; anew every two minutes, twice as often.
    ["fixed", 125, 160],
    ["growing", 2.7, 3.6],
    ["restarting", 5.8, 9.5],
  ])("that wait as %s ask as often as the arithmetic of their waits says", (backoff, least, most) => {
    const { entries } = played("reflector-rate", few, `${clients}=${backoff}`);
    const lists = rate(entries, 10, 33, "lists");
    expect(lists).toBeGreaterThan(least);
    expect(lists).toBeLessThan(most);
  });

  it("after the death of a server: a herd of seven times the load, or a trickle", () => {
    const small = "spec.cluster.nodePools[0].count=300";
    const herd = played("reflector-herd", small);
    const normal = rate(herd.entries, 4, 5, "requests");
    const ratio = rate(herd.entries, 6, 14, "requests") / normal;
    expect(ratio).toBeGreaterThan(5);
    expect(ratio).toBeLessThan(10);
    expect(broken(herd.record)).toContain("apiserver_list_requests_per_second p50");
    const cured = played("reflector-herd", small, `${clients}=growing`);
    expect([broken(cured.record), cured.record.outcome]).toEqual([[], "passed"]);
    const reflectors = rate(herd.entries, 6, 14, "lists");
    const each = rate(cured.entries, 8, 15, "lists") / reflectors;
    expect(each).toBeGreaterThan(0.019);
    expect(each).toBeLessThan(0.026);
  });
});

describe("a herd at the only API server", () => {
  const smaller = [
    "spec.duration=8m",
    "spec.cluster.nodePools[0].count=125",
    "spec.cluster.nodePools[0].kubelet.nodeSize=96k",
  ];

  it("does not reach the heartbeats with priority and fairness", () => {
    const { record } = played("api-server-herd", ...smaller);
    expect([broken(record), record.outcome]).toEqual([[], "passed"]);
    const herd = record.flowControlRows.find(({ schema }) => schema === "service-accounts")!;
    expect(herd.waited).toBeGreaterThan(1_000);
    expect(herd.timedOut).toBeGreaterThan(1_000);
  });

  it("drowns them with the old limits", () => {
    const old = "spec.cluster.controlPlane.apiServers.flags.enable-priority-and-fairness=false";
    expect(broken(played("api-server-herd", ...smaller, old).record)).toContain("lease_renewal_gap_seconds max");
  });
});

describe("the bytes of node status", () => {
  const few = ["spec.cluster.nodePools[0].count=100", "spec.duration=40m"];

  it.each([
    ["5m", 600_000],
    ["1m", 3_000_000],
  ])("written every %s are those of KEP-589, to 3 %%", (period, bytesPerMinute) => {
    const frequency = `spec.cluster.nodePools[0].kubelet.config.nodeStatusReportFrequency=${period}`;
    const { record } = played("node-status-bytes", ...few, frequency);
    const written = record.etcdWriteRows.find(({ kind }) => kind === "Node")!;
    expect(Math.abs(written.bytesPerMinute / bytesPerMinute - 1)).toBeLessThan(0.03);
    expect(Math.abs(written.bytesPerWrite / 30_000 - 1)).toBeLessThan(0.01);
    const leases = record.etcdWriteRows.find(({ kind }) => kind === "Lease")!;
    expect(leases.bytesPerMinute).toBeLessThan(400_000);
  });
});
