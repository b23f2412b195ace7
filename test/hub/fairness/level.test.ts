import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Level, type QueuedRequest } from "../../../engine/hub/fairness/level.ts";
import type { Queue } from "../../../engine/hub/fairness/queue-set.ts";
import { Seats } from "../../../engine/hub/fairness/seats.ts";
import { deal, flowHash } from "../../../engine/hub/fairness/shuffle-sharding.ts";
import { NO_NOTIFICATION } from "../../../engine/hub/fairness/work-estimate.ts";

class Request implements QueuedRequest {
  queue: Queue | undefined = undefined;
  arrivalR = 0;
  startedAt = 0;
  ended = false;
  readonly laterWork = 0;
  readonly flow: string;
  readonly number: number;
  readonly width: number;
  readonly lasts: number;
  began = -1;

  constructor(flow: string, number: number, width: number, lasts: number) {
    this.flow = flow;
    this.number = number;
    this.width = width;
    this.lasts = lasts;
  }

  get seats(): number {
    return this.width;
  }
}

const QUEUES = { queues: 16, handSize: 4, queueLengthLimit: 50 };

/** A level with a clock and nothing else: requests come, are let in, last as long as they last, and go. */
class Bench {
  now = 0;
  readonly level: Level<Request>;
  readonly started: Request[] = [];
  readonly refused: Request[] = [];
  most = 0;
  private readonly seats: number;

  constructor(seats: number, queuing: typeof QUEUES | null = QUEUES) {
    this.seats = seats;
    const config = { name: "test", exempt: false, nominalConcurrencyShares: 1, lendablePercent: 0 };
    this.level = new Level({ ...config, ...(queuing && { queuing }) }, limitsOf(seats), 0);
  }

  arrive(request: Request): void {
    if (this.level.start(request.width, this.now)) {
      this.begin(request);
      this.level.end(request.width, NO_NOTIFICATION, this.now + request.lasts, undefined);
      return;
    }
    if (this.level.enqueue(request, handOf(request.flow), this.now) === "waits") this.look();
    else this.refused.push(request);
  }

  /** Lets time pass to an instant, serving as seats come back. */
  until(instant: number): void {
    while (this.level.waiting > 0 && this.level.nextReturn <= instant) {
      this.now = Math.max(this.now, this.level.nextReturn);
      this.look();
    }
    this.now = instant;
  }

  private look(): void {
    for (;;) {
      const next = this.level.next(this.now);
      if (next === undefined) break;
      this.begin(next);
      this.level.end(next.width, NO_NOTIFICATION, this.now + next.lasts, next);
    }
    this.most = Math.max(this.most, this.level.seatsInUse);
  }

  private begin(request: Request): void {
    request.began = this.now;
    this.started.push(request);
    this.most = Math.max(this.most, this.level.seatsInUse);
    // A request wider than the whole level is alone with it.
    if (request.width > this.seats) expect(this.level.seatsInUse).toBe(request.width);
  }
}

function handOf(flow: string): Uint16Array {
  const hand = new Uint16Array(QUEUES.handSize);
  deal(flowHash("schema", flow), QUEUES.queues, hand);
  return hand;
}

const limitsOf = (seats: number) => ({ nominal: seats, minimum: seats, maximum: seats });

describe("a level", () => {
  it("refuses what finds no seat when it has no queues", () => {
    const bench = new Bench(1, null);
    bench.arrive(new Request("a", 0, 1, 10));
    bench.arrive(new Request("a", 1, 1, 10));
    expect(bench.refused).toHaveLength(1);
    bench.until(10);
    bench.arrive(new Request("a", 2, 1, 10));
    expect(bench.started).toHaveLength(2);
  });

  it("refuses a flow whose hand is full, at 50 in each queue", () => {
    const bench = new Bench(1);
    for (let i = 0; i <= 4 * 50; i++) bench.arrive(new Request("elephant", i, 1, 1_000));
    expect(bench.refused).toHaveLength(0);
    bench.arrive(new Request("elephant", 201, 1, 1_000));
    expect(bench.refused).toHaveLength(1);
  });

  it("serves a mouse among elephants nearly at once", () => {
    const bench = new Bench(4);
    for (let i = 0; i < 150; i++) {
      bench.arrive(new Request("elephant-1", i, 1, 100_000));
      bench.arrive(new Request("elephant-2", i, 1, 100_000));
    }
    bench.until(1_000_000);
    const mouse = new Request("mouse", 0, 1, 1_000);
    bench.arrive(mouse);
    bench.until(20_000_000);
    // 260 requests that came before it wait for 6.5 s of four seats; it is one of the next few.
    expect(mouse.began - 1_000_000).toBeLessThanOrEqual(400_000);
    expect(bench.started.length + bench.refused.length).toBe(301);
  });

  it("gives two flows that want everything the same", () => {
    const bench = new Bench(4);
    const apart = (flow: string) => handOf(flow).every((queue) => !handOf("wide").includes(queue));
    const narrow = Array.from({ length: 50 }, (_, i) => `narrow-${i}`).find(apart)!;
    for (let step = 0; step < 2_000; step++) {
      bench.until(step * 10_000);
      for (let i = 0; i < 2; i++) bench.arrive(new Request("wide", step, 2, 20_000));
      for (let i = 0; i < 8; i++) bench.arrive(new Request(narrow, step, 1, 20_000));
    }
    const work = (flow: string) =>
      bench.started.filter((each) => each.flow === flow).reduce((sum, each) => sum + each.width * each.lasts, 0);
    // The wide one asks for 8 seats, the narrow one for 16, of 4.
    expect(work(narrow) / work("wide")).toBeGreaterThan(0.75);
    expect(work(narrow) / work("wide")).toBeLessThan(1.3);
  });

  it("gives them the same time, however long the requests of each last", () => {
    const bench = new Bench(4);
    const apart = (flow: string) => handOf(flow).every((queue) => !handOf("long").includes(queue));
    const short = Array.from({ length: 50 }, (_, i) => `short-${i}`).find(apart)!;
    for (let step = 0; step < 1_000; step++) {
      bench.until(step * 10_000);
      for (let i = 0; i < 2; i++) bench.arrive(new Request("long", step, 1, 40_000));
      for (let i = 0; i < 16; i++) bench.arrive(new Request(short, step, 1, 5_000));
    }
    const work = (flow: string) =>
      bench.started.filter((each) => each.flow === flow).reduce((sum, each) => sum + each.lasts, 0);
    expect(work(short) / work("long")).toBeGreaterThan(0.75);
    expect(work(short) / work("long")).toBeLessThan(1.3);
  });

  it("lets one that is wider than the level in when it is alone", () => {
    const bench = new Bench(4);
    bench.arrive(new Request("a", 0, 1, 1_000));
    const wide = new Request("b", 0, 9, 1_000);
    bench.arrive(wide);
    bench.arrive(new Request("b", 1, 1, 1_000));
    bench.until(500);
    expect(wide.began).toBe(-1);
    bench.until(10_000);
    expect(wide.began).toBe(1_000);
  });

  it("works whenever it can, never beyond its seats, each queue in turn", () => {
    const arrivals = fc.array(
      fc.record({
        flow: fc.constantFrom("a", "b", "c", "d"),
        wait: fc.nat(3_000),
        width: fc.integer({ min: 1, max: 4 }),
        lasts: fc.integer({ min: 1, max: 9_000 }),
      }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(arrivals, (list) => {
        const bench = new Bench(4);
        const all: Request[] = [];
        let time = 0;
        for (const [i, { flow, wait, width, lasts }] of list.entries()) {
          time += wait;
          bench.until(time);
          all.push(new Request(flow, i, width, lasts));
          bench.arrive(all.at(-1)!);
          // Whoever waits finds seats taken.
          if (bench.level.waiting > 0) expect(bench.level.seatsInUse).toBeGreaterThan(0);
        }
        bench.until(time + 10_000_000);
        expect(bench.most).toBeLessThanOrEqual(4);
        expect(bench.level.waiting).toBe(0);
        expect(all.every(({ began }, i) => began >= 0 || bench.refused.includes(all[i]!))).toBe(true);
        for (const queue of new Set(all.map(({ queue: place }) => place))) {
          if (queue === undefined) continue;
          const served = bench.started.filter((each) => each.queue === queue).map(({ number }) => number);
          expect(served).toEqual([...served].sort((a, b) => a - b));
        }
      }),
    );
  });
});

describe("seats", () => {
  it("come back in the order of time, as a sorted list would give them", () => {
    const returns = fc.array(fc.record({ at: fc.nat(50), seats: fc.integer({ min: 1, max: 5 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(returns, fc.nat(60), (list, now) => {
        const seen: number[] = [];
        const seats = new Seats<number>(1_000, (_, __, at) => seen.push(at));
        for (const [i, each] of list.entries()) {
          seats.take(each.seats);
          seats.giveBack(each.seats, i, each.at);
        }
        seats.settle(now);
        const due = list.filter(({ at }) => at <= now);
        expect(seen).toEqual(due.map(({ at }) => at).sort((a, b) => a - b));
        const left = list.filter(({ at }) => at > now);
        expect(seats.inUse).toBe(left.reduce((sum, each) => sum + each.seats, 0));
        expect(seats.nextReturn).toBe(Math.min(...left.map(({ at }) => at)));
      }),
    );
  });
});
