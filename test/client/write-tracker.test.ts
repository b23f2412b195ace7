import { describe, expect, it } from "vitest";
import type { KindName } from "../../engine/api/kinds/registry.ts";
import { createWriteTracker } from "../../engine/client/write-tracker.ts";

const seen = (pods: number, sets: number) => (kind: KindName) => (kind === "Pod" ? pods : sets);

describe("a write tracker", () => {
  it("holds an owner back until each informer has seen the newest of its own writes", () => {
    const tracker = createWriteTracker();
    tracker.wrote("ns/web", "u", "Pod", 12);
    tracker.wrote("ns/web", "u", "Pod", 10);
    tracker.wrote("ns/web", "u", "ReplicaSet", 11);
    expect(tracker.behind("ns/web", "u", seen(11, 20))).toBe("Pod");
    expect(tracker.behind("ns/web", "u", seen(12, 10))).toBe("ReplicaSet");
    expect(tracker.behind("ns/web", "u", seen(12, 11))).toBeUndefined();
  });

  it("forgets what was seen, so an informer that goes back in time holds nobody back", () => {
    const tracker = createWriteTracker();
    tracker.wrote("ns/web", "u", "Pod", 12);
    tracker.behind("ns/web", "u", seen(12, 0));
    expect(tracker.behind("ns/web", "u", seen(3, 0))).toBeUndefined();
  });

  it("knows nothing of another owner of the same name, or of one that is gone", () => {
    const tracker = createWriteTracker();
    tracker.wrote("ns/web", "u", "Pod", 12);
    tracker.wrote("ns/db", "v", "Pod", 12);
    tracker.forget("ns/db");
    expect(tracker.behind("ns/web", "another", seen(0, 0))).toBeUndefined();
    expect(tracker.behind("ns/db", "v", seen(0, 0))).toBeUndefined();
  });
});
