import { describe, expect, it } from "vitest";
import type { ObjectMeta } from "../../../engine/api/object.ts";
import { claimOn } from "../../../engine/control/controllers/controller-ref.ts";
import { aPod, aReplicaSet, at, ownedBy } from "./workload-builder.ts";

const set = aReplicaSet("web", 3);
const going = aReplicaSet("web", 3, {}, { deletionTimestamp: at(9) });
const mine: Partial<ObjectMeta> = { ownerReferences: ownedBy("ReplicaSet", "web", "uid-web") };
const another: Partial<ObjectMeta> = { ownerReferences: ownedBy("ReplicaSet", "web", "uid-of-an-earlier-web") };
const strange: Partial<ObjectMeta> = { labels: { app: "other" } };
const leaving: Partial<ObjectMeta> = { deletionTimestamp: at(5) };

describe("claiming a pod", () => {
  it.each([
    ["its own that matches", mine, "keep"],
    ["its own that matches and is leaving", { ...mine, ...leaving }, "keep"],
    ["its own that no longer matches", { ...mine, ...strange }, "release"],
    ["one of another uid, though of the same name", another, "ignore"],
    ["an orphan that matches", {}, "adopt"],
    ["an orphan that does not match", strange, "ignore"],
    ["an orphan that is leaving", leaving, "ignore"],
  ] as const)("for %s", (_, meta, verdict) => {
    expect(claimOn(set, set.spec.selector, aPod("p", { meta }))).toBe(verdict);
  });

  it("neither adopts nor releases for an owner that is being deleted", () => {
    expect(claimOn(going, going.spec.selector, aPod("p"))).toBe("ignore");
    expect(claimOn(going, going.spec.selector, aPod("p", { meta: { ...mine, ...strange } }))).toBe("ignore");
    expect(claimOn(going, going.spec.selector, aPod("p", { meta: mine }))).toBe("keep");
  });
});
