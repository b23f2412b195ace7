import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../../../engine/base/units.ts";
import { EventLog } from "../../../engine/hub/apiserver/event-log.ts";
import type { Change } from "../../../engine/hub/etcd/store.ts";
import { TraceName } from "../../../engine/kernel/trace.ts";
import { pod } from "../objects.ts";

const OBJECT = pod();
const SUBJECT = new TraceName("Pod/default/web");
const change = (revision: number): Change => ({
  type: "created",
  kind: "Pod",
  key: "default/web",
  subject: SUBJECT,
  object: OBJECT,
  old: undefined,
  revision,
  by: "test",
  from: "here",
});
const revisions = (log: EventLog, after: number): number[] => [...log.after(after)].map((each) => each.revision);

describe("the log of a watch cache", () => {
  it("can be watched from the revision of its list, and from nothing before, until it forgets", () => {
    const log = new EventLog(4, 10);
    expect(log.oldest).toBe(10);
    log.append(change(12), 0);
    expect(log.oldest).toBe(10);
    expect(revisions(log, 10)).toEqual([12]);
    expect(revisions(log, 12)).toEqual([]);
  });

  it("doubles its room while it is full of changes younger than 75 s", () => {
    const log = new EventLog(4, 0);
    for (let i = 1; i <= 20; i++) log.append(change(i), seconds(i));
    expect(log.size).toBe(20);
    expect(log.oldest).toBe(0);
  });

  it("forgets the oldest when it is full of changes older than that", () => {
    const log = new EventLog(4, 0);
    for (let i = 1; i <= 6; i++) log.append(change(i), seconds(i * 30));
    expect(log.size).toBe(4);
    expect(log.oldest).toBe(2);
    expect(revisions(log, log.oldest)).toEqual([3, 4, 5, 6]);
  });

  it("halves its room when the newest quarter of it spans more than 75 s", () => {
    const log = new EventLog(4, 0);
    for (let i = 1; i <= 16; i++) log.append(change(i), seconds(1));
    expect(log.size).toBe(16);
    for (let i = 17; i <= 24; i++) log.append(change(i), seconds(i * 100));
    expect(log.size).toBeLessThan(16);
    expect(log.size).toBeGreaterThanOrEqual(4);
  });

  it("always holds a run of the newest changes, never fewer than its smallest size", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 4, max: 16 }), (steps, smallest) => {
        const log = new EventLog(smallest, 0);
        let now = 0;
        steps.forEach((gap, i) => {
          now += seconds(gap);
          log.append(change(i + 1), now);
          const held = revisions(log, log.oldest);
          expect(held).toEqual(Array.from({ length: log.size }, (_, k) => i + 2 - log.size + k));
          expect(log.size).toBeGreaterThanOrEqual(Math.min(smallest, i + 1));
        });
      }),
      { numRuns: 50 },
    );
  });
});
