import { describe, expect, it } from "vitest";
import { Leadership } from "../../engine/experiment/record/leadership.ts";
import type { LeaseChange } from "../../engine/experiment/record/record.ts";

const LEASE = "kube-system/kube-scheduler";

function watch(play: (leadership: Leadership) => void): string[] {
  const changes: LeaseChange[] = [];
  play(new Leadership((change) => changes.push(change)));
  return changes.map(
    ({ time, change, holder, gapUs, overlapUs }) =>
      `${time} ${change} ${holder} gap=${gapUs ?? "-"} overlap=${overlapUs ?? "-"}`,
  );
}

describe("the record of leadership", () => {
  it("measures the gap between two leaders", () => {
    expect(
      watch((leadership) => {
        leadership.started(10, LEASE, "a", "m0");
        leadership.stopped(100, LEASE, "a", "lost");
        leadership.started(130, LEASE, "b", "m1");
      }),
    ).toEqual([
      "10 started-leading a gap=- overlap=-",
      "100 stopped-leading a gap=- overlap=-",
      "130 started-leading b gap=30 overlap=-",
    ]);
  });

  it("measures how long two led at once", () => {
    expect(
      watch((leadership) => {
        leadership.started(10, LEASE, "a", "m0");
        leadership.started(50, LEASE, "b", "m1");
        leadership.stopped(62, LEASE, "a", "lost");
      }).at(-1),
    ).toBe("62 stopped-leading a gap=- overlap=12");
  });

  it("does not count a pause as overlap, only what the paused one does after it", () => {
    expect(
      watch((leadership) => {
        leadership.started(10, LEASE, "a", "m0");
        leadership.paused(20, "m0", "kube-scheduler", true);
        leadership.started(40, LEASE, "b", "m1");
        leadership.paused(60, "m0", "kube-scheduler", false);
        leadership.stopped(63, LEASE, "a", "lost");
      }).slice(1),
    ).toEqual([
      "20 paused a gap=- overlap=-",
      "40 started-leading b gap=20 overlap=-",
      "60 resumed a gap=- overlap=-",
      "63 stopped-leading a gap=- overlap=3",
    ]);
  });

  it("takes a leader whose process ended as one that stopped, once", () => {
    expect(
      watch((leadership) => {
        leadership.started(10, LEASE, "a", "m0");
        leadership.ended(20, "m1", "kube-scheduler", "killed");
        leadership.ended(30, "m0", "kube-scheduler", "killed");
        leadership.stopped(31, LEASE, "a", "lost");
      }),
    ).toEqual(["10 started-leading a gap=- overlap=-", "30 stopped-leading a gap=- overlap=-"]);
  });
});
