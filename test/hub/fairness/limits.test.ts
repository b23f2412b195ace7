import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocate, currentLimits } from "../../../engine/hub/fairness/borrowing.ts";
import { DEFAULT_LEVELS } from "../../../engine/hub/fairness/default-configuration.ts";
import { levelLimits, maxSeatsOfRequest } from "../../../engine/hub/fairness/priority-level.ts";
import { RetryAfter } from "../../../engine/hub/fairness/retry-after.ts";
import { SeatDemand } from "../../../engine/hub/fairness/seat-demand.ts";

const LEVELS = DEFAULT_LEVELS.filter(({ exempt }) => !exempt);
const LIMITS = levelLimits(LEVELS, 600);
const NOMINAL = 602;
const named = (numbers: readonly number[]) => Object.fromEntries(LEVELS.map(({ name }, i) => [name, numbers[i]]));
const idle = LIMITS.map((limits) => ({ ...limits, highWatermark: 0, smoothed: 0 }));

describe("the default levels", () => {
  it("have the seats that 600 give them", () => {
    expect(LIMITS.map(({ nominal, minimum, maximum }) => [nominal, minimum, maximum])).toEqual([
      [13, 13, 613],
      [74, 50, 674],
      [98, 73, 698],
      [25, 25, 625],
      [98, 49, 698],
      [245, 24, 845],
      [49, 24, 649],
    ]);
    expect(LIMITS.reduce((sum, { nominal }) => sum + nominal, 0)).toBe(NOMINAL);
  });

  it("let one request have a seventh of a level, and no more than leaves a hand of them", () => {
    const widest = LEVELS.map(({ queuing }, i) => queuing && maxSeatsOfRequest(LIMITS[i]!.nominal, queuing.handSize));
    expect(named(widest as number[])).toMatchObject({
      system: 12,
      "node-high": 15,
      "leader-election": 4,
      "workload-high": 15,
      "workload-low": 37,
      "global-default": 8,
    });
  });

  it("share idle seats by what each keeps", () => {
    expect(named(currentLimits(idle, NOMINAL))).toEqual({
      "catch-all": 30,
      system: 117,
      "node-high": 170,
      "leader-election": 58,
      "workload-high": 114,
      "workload-low": 56,
      "global-default": 56,
    });
  });

  it("lend to the one that asks, and keep their minimum", () => {
    const demands = idle.map((each, i) =>
      LEVELS[i]!.name === "workload-low" ? { ...each, highWatermark: 5_000, smoothed: 5_000 } : each,
    );
    const limits = currentLimits(demands, NOMINAL);
    expect(named(limits)["workload-low"]).toBeGreaterThan(350);
    for (const [i, limit] of limits.entries()) expect(limit).toBeGreaterThanOrEqual(LIMITS[i]!.minimum);
  });

  it("give a level that wants them its nominal seats back, whatever the others want", () => {
    const greedy = idle.map((each) => ({ ...each, highWatermark: 10_000, smoothed: 10_000 }));
    for (const [i, limit] of currentLimits(greedy, NOMINAL).entries()) expect(limit).toBe(LIMITS[i]!.nominal);
  });
});

describe("sharing out", () => {
  const claims = fc.array(
    fc.record({ lowerBound: fc.nat(100), room: fc.nat(200), wish: fc.nat(300) }).map(({ lowerBound, room, wish }) => ({
      lowerBound,
      upperBound: lowerBound + room,
      target: lowerBound + wish,
    })),
    { minLength: 1, maxLength: 8 },
  );

  it("gives everything away within the bounds, at one fraction of the targets", () => {
    fc.assert(
      fc.property(claims, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
        const low = list.reduce((sum, { lowerBound }) => sum + lowerBound, 0);
        const high = list.reduce((sum, { upperBound, target }) => sum + (target > 0 ? upperBound : 0), 0);
        const total = low + (high - low) * part;
        const shares = allocate(list, total);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(total, 5);
        const free = list.flatMap(({ lowerBound, upperBound, target }, i) => {
          const share = shares[i]!;
          expect(share).toBeGreaterThanOrEqual(lowerBound);
          expect(share).toBeLessThanOrEqual(upperBound);
          return share > lowerBound + 1e-6 && share < upperBound - 1e-6 ? [share / target] : [];
        });
        for (const fraction of free) expect(fraction).toBeCloseTo(free[0]!, 5);
      }),
    );
  });
});

describe("what a level has wanted", () => {
  it("is the mean and the deviation since the last look, and decays slowly", () => {
    const demand = new SeatDemand(0);
    demand.set(10, 0);
    demand.set(0, 5_000_000);
    demand.look(10_000_000);
    expect(demand.highWatermark).toBe(10);
    expect(demand.smoothed).toBeCloseTo(10, 9);
    demand.look(20_000_000);
    expect(demand.highWatermark).toBe(0);
    expect(demand.smoothed).toBeCloseTo(9.77, 9);
  });
});

describe("Retry-After", () => {
  const drop = (tracker: RetryAfter, second: number, times: number) => {
    for (let i = 0; i < times; i++) tracker.record(second * 1_000_000 + i);
  };

  it("doubles while many are sent away, to 32 s", () => {
    const tracker = new RetryAfter();
    const told: number[] = [];
    for (let second = 10; second < 120; second++) {
      drop(tracker, second, 500);
      told.push(tracker.current);
    }
    expect([...new Set(told)]).toEqual([1, 2, 4, 8, 16, 32]);
    expect(told.slice(0, 4)).toEqual([1, 2, 2, 4]);
  });

  it("goes down by one while few are", () => {
    const tracker = new RetryAfter();
    for (let second = 10; second < 20; second++) drop(tracker, second, 500);
    expect(tracker.current).toBe(8);
    const told: number[] = [];
    for (let second = 100; second < 1_000; second += 50) {
      drop(tracker, second, 1);
      told.push(tracker.current);
    }
    expect(told.slice(0, 8)).toEqual([7, 6, 5, 4, 3, 2, 1, 1]);
  });
});
