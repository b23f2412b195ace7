import { describe, expect, it } from "vitest";
import { contradiction, type Operation } from "./history.ts";
import { playSchedule } from "./schedule.ts";

/** `ORRERY_RAFT_SCHEDULES` for a longer look. */
const SCHEDULES = Number(process.env["ORRERY_RAFT_SCHEDULES"] ?? 1_000);

describe("Raft under random partitions, crashes, pauses, slow disks and loss", () => {
  it("keeps election safety, log matching, leader completeness, agreement and linearizable registers, and recovers", () => {
    let writes = 0;
    let reads = 0;
    let elections = 0;
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const { findings, answeredWrites, answeredReads, terms, whole } = playSchedule(seed);
      if (findings.length > 0 || !whole) expect.fail(`schedule ${seed}: ${findings[0] ?? "it does not recover"}`);
      writes += answeredWrites;
      reads += answeredReads;
      elections += terms;
    }
    // What is never reached is not tested.
    expect(writes / SCHEDULES).toBeGreaterThan(30);
    expect(reads / SCHEDULES).toBeGreaterThan(30);
    expect(elections / SCHEDULES).toBeGreaterThan(4);
  });
});

describe("the check of histories", () => {
  const op = (kind: Operation["kind"], value: number, invoked: number, answered?: number): Operation => ({
    kind,
    value,
    invoked,
    answered,
  });

  it("takes what can be put in order", () => {
    expect(contradiction([])).toBeUndefined();
    expect(contradiction([op("write", 1, 0, 5), op("read", 1, 6, 7), op("read", 1, 8, 9)])).toBeUndefined();
    // While a write is under way both the old and the new can be read.
    expect(contradiction([op("write", 1, 0, 10), op("read", 0, 1, 2), op("read", 1, 3, 4)])).toBeUndefined();
    // A write without an answer may have happened, also late.
    expect(contradiction([op("write", 1, 0), op("read", 0, 5, 6), op("read", 1, 7, 8)])).toBeUndefined();
    expect(contradiction([op("write", 1, 0), op("read", 0, 5, 6)])).toBeUndefined();
  });

  it("finds a stale read, one that goes back, and one out of nowhere", () => {
    expect(contradiction([op("write", 1, 0, 5), op("read", 0, 6, 7)])).toBeDefined();
    expect(contradiction([op("write", 1, 0, 10), op("read", 1, 1, 2), op("read", 0, 3, 4)])).toBeDefined();
    expect(contradiction([op("read", 7, 1, 2)])).toBeDefined();
    expect(contradiction([op("read", 1, 1, 2), op("write", 1, 3, 4)])).toBeDefined();
    const twice = [op("write", 1, 0, 1), op("write", 2, 2, 3), op("read", 1, 4, 5)];
    expect(contradiction(twice)).toBeDefined();
  });
});
