import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, milliseconds, seconds } from "../../../engine/base/units.ts";
import { backoffFor, backoffWindow, isBackingOff } from "../../../engine/control/scheduler/backoff.ts";
import { PLUGINS } from "../../../engine/control/scheduler/plugins/registry.ts";
import { PodHeap } from "../../../engine/control/scheduler/pod-heap.ts";
import { type QueuedPod, SchedulingQueue } from "../../../engine/control/scheduler/queue.ts";
import { node, pod } from "./build.ts";

const bit = (name: string): number => 1 << PLUGINS.findIndex((plugin) => plugin.name === name);
const FIT = bit("NodeResourcesFit");
const AFFINITY = bit("NodeAffinity");

function queueAt(start = 0) {
  const clock = { now: seconds(start) as number as Instant, woken: 0 };
  const queue = new SchedulingQueue({
    now: () => clock.now,
    initialBackoff: seconds(1),
    maxBackoff: seconds(10),
    plugins: PLUGINS,
    wake: () => clock.woken++,
    waits: () => {},
  });
  const at = (time: number) => {
    clock.now = seconds(time) as number as Instant;
  };
  const popName = () => queue.pop()?.info.pod.metadata.name;
  return { queue, clock, at, popName };
}

describe("back-off", () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 10],
    [60, 10],
  ])("after %i failures is %i s", (failures, wait) => {
    expect(backoffFor(failures, seconds(1), seconds(10))).toBe(seconds(wait));
  });

  it("is off with a maximum of zero", () => {
    expect(backoffFor(3, seconds(1), seconds(0))).toBe(0);
  });

  it("ends with the second in which it would, not before", () => {
    const window = backoffWindow(milliseconds(2_300) as number as Instant, seconds(1));
    expect(window).toBe(seconds(3));
    expect(isBackingOff(window, milliseconds(3_999) as number as Instant)).toBe(true);
    expect(isBackingOff(window, seconds(4) as number as Instant)).toBe(false);
  });
});

describe("the active queue", () => {
  it("gives the highest priority first, then the oldest, then by key", () => {
    const { queue, at, popName } = queueAt();
    queue.add(pod("b"));
    queue.add(pod("a"));
    at(1);
    queue.add(pod("late"));
    queue.add(pod("vip", { priority: 5 }));
    expect([popName(), popName(), popName(), popName(), popName()]).toEqual(["vip", "a", "b", "late", undefined]);
  });

  it("forgets a pod that is deleted while it waits", () => {
    const { queue, popName } = queueAt();
    queue.add(pod("a"));
    queue.delete("default/a");
    expect(popName()).toBeUndefined();
  });

  it("orders a pod anew when its priority changes", () => {
    const { queue, popName } = queueAt();
    queue.add(pod("a"));
    queue.add(pod("b"));
    queue.update(pod("b"), pod("b", { priority: 1 }));
    expect(popName()).toBe("b");
  });
});

/** Takes the only pod and lets it fail. */
function failOnce(queue: SchedulingQueue, rejectedBy: number): QueuedPod {
  const queued = queue.pop()!;
  queue.fail(queued, queued.info.pod, rejectedBy);
  return queued;
}

describe("a rejected pod", () => {
  it("waits until an event may help it", () => {
    const { queue, popName } = queueAt();
    queue.add(pod("a", { requests: { cpu: "8" } }));
    failOnce(queue, FIT);
    expect(queue.unschedulableLength).toBe(1);
    queue.move({ what: "node-added", node: node("small") });
    expect(queue.unschedulableLength).toBe(1);
    queue.move({ what: "node-added", node: node("big", { allocatable: { cpu: "16", memory: "1Gi", pods: "9" } }) });
    expect(queue.unschedulableLength).toBe(0);
    expect(queue.backoffLength).toBe(1);
    expect(popName()).toBe("a");
  });

  it("is moved only by events that a plugin which rejected it listens to", () => {
    const { queue } = queueAt();
    queue.add(pod("a"));
    failOnce(queue, AFFINITY);
    queue.move({ what: "pod-deleted", pod: pod("other") });
    expect(queue.unschedulableLength).toBe(1);
    queue.move({ what: "node-added", node: node("n") });
    expect(queue.unschedulableLength).toBe(0);
  });

  it("is judged by what happened while it was looked at", () => {
    const { queue } = queueAt();
    queue.add(pod("a"));
    const queued = queue.pop()!;
    queue.move({ what: "pod-deleted", pod: pod("other") });
    queue.fail(queued, queued.info.pod, FIT);
    expect([queue.unschedulableLength, queue.backoffLength]).toEqual([0, 1]);
  });

  it("is not judged by what happened before it was taken", () => {
    const { queue } = queueAt();
    queue.add(pod("a"));
    queue.move({ what: "pod-deleted", pod: pod("other") });
    failOnce(queue, FIT);
    expect(queue.unschedulableLength).toBe(1);
  });

  it("goes straight to the active queue when its back-off is over", () => {
    const { queue, at } = queueAt();
    queue.add(pod("a"));
    failOnce(queue, FIT);
    at(2);
    queue.move({ what: "pod-deleted", pod: pod("other") });
    expect([queue.activeLength, queue.backoffLength]).toEqual([1, 0]);
  });

  it("is taken early from the back-off queue only when nothing is active", () => {
    const { queue, popName } = queueAt();
    queue.add(pod("a"));
    failOnce(queue, FIT);
    queue.move({ what: "pod-deleted", pod: pod("other") });
    queue.add(pod("b"));
    expect([popName(), popName()]).toEqual(["b", "a"]);
  });

  it("gets another chance when its own spec changes, not when its status does", () => {
    const { queue } = queueAt();
    const before = pod("a");
    queue.add(before);
    failOnce(queue, FIT);
    const told = { ...before, status: { phase: "Pending" as const, reason: "x" } };
    queue.update(before, told);
    expect(queue.unschedulableLength).toBe(1);
    queue.update(told, pod("a", { tolerations: [{ operator: "Exists" }] }));
    expect(queue.unschedulableLength).toBe(0);
  });

  it("waits longer after each failure", () => {
    const { queue } = queueAt();
    queue.add(pod("a"));
    const queued = failOnce(queue, FIT);
    queue.move({ what: "pod-deleted", pod: pod("other") });
    failOnce(queue, FIT);
    queue.move({ what: "pod-deleted", pod: pod("other") });
    failOnce(queue, FIT);
    expect([queued.attempts, queued.unschedulableCount, queued.backoffWindow]).toEqual([3, 3, seconds(4)]);
  });
});

describe("a pod that failed by error", () => {
  it("backs off by its errors in a row, and is not taken early", () => {
    const { queue, at, popName } = queueAt();
    queue.add(pod("a"));
    const queued = failOnce(queue, 0);
    expect(queue.backoffLength).toBe(1);
    expect(popName()).toBeUndefined();
    expect(queue.nextFlushOfBackoff()).toBe(seconds(2));
    at(2);
    queue.flushBackoff();
    failOnce(queue, 0);
    expect(queued.errorCount).toBe(2);
    expect(queue.nextFlushOfBackoff()).toBe(seconds(5));
  });

  it("comes back from a binding that failed", () => {
    const { queue } = queueAt();
    queue.add(pod("a"));
    const queued = queue.pop()!;
    queue.done(queued);
    queue.fail(queued, queued.info.pod, 0);
    expect(queue.backoffLength).toBe(1);
    queue.delete("default/a");
    expect(queue.backoffLength).toBe(0);
  });
});

describe("flushes", () => {
  it("move a whole second's pods together, at its end", () => {
    const { queue, clock, at } = queueAt();
    for (const [name, time] of [
      ["a", 2_100],
      ["b", 2_900],
    ] as const) {
      clock.now = milliseconds(time) as number as Instant;
      queue.add(pod(name));
      failOnce(queue, 0);
    }
    expect(queue.nextFlushOfBackoff()).toBe(seconds(4));
    at(3.9);
    queue.flushBackoff();
    expect(queue.activeLength).toBe(0);
    at(4);
    queue.flushBackoff();
    expect(queue.activeLength).toBe(2);
  });

  it("move unschedulable pods after more than five minutes, on the thirty-second grid of the leader's start", () => {
    const { queue, at } = queueAt(7);
    queue.begin();
    at(7);
    queue.add(pod("a"));
    failOnce(queue, FIT);
    expect(queue.nextFlushOfUnschedulable()).toBe(seconds(7 + 330));
    at(7 + 300);
    queue.flushUnschedulable();
    expect(queue.unschedulableLength).toBe(1);
    at(7 + 330);
    queue.flushUnschedulable();
    expect([queue.unschedulableLength, queue.activeLength]).toEqual([0, 1]);
  });

  it("are due never while nothing waits", () => {
    const { queue } = queueAt();
    queue.add(pod("a"));
    expect(queue.nextFlushOfBackoff()).toBe(Number.MAX_SAFE_INTEGER);
    expect(queue.nextFlushOfUnschedulable()).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("the heap", () => {
  it("gives its items in order, whatever was taken out in between", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.nat(3))), (steps) => {
        const heap = new PodHeap<{ value: number; id: number; place: number }>((a, b) =>
          a.value === b.value ? a.id < b.id : a.value < b.value,
        );
        let items: { value: number; id: number; place: number }[] = [];
        for (const [id, [value, what]] of steps.entries()) {
          const victim = items[Math.abs(value) % Math.max(1, items.length)];
          if (what === 0 && victim !== undefined) {
            heap.remove(victim);
            items = items.filter((item) => item !== victim);
          } else if (what === 1 && victim !== undefined) {
            victim.value = value;
            heap.update(victim);
          } else {
            const item = { value, id, place: -1 };
            items.push(item);
            heap.push(item);
          }
        }
        const sorted = [...items].sort((a, b) => a.value - b.value || a.id - b.id);
        expect(items.map(() => heap.pop())).toEqual(sorted);
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});
