import { describe, expect, it } from "vitest";
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import { newMeta } from "../../../engine/api/object.ts";
import type { Instant } from "../../../engine/base/units.ts";
import { apiServerLeaseCollector, isExpired } from "../../../engine/control/controllers/api-server-lease-collector.ts";
import { at, nodeStage } from "./node-stage.ts";

const identity = (name: string, spec: Lease["spec"]): Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: newMeta({
    name,
    namespace: "kube-system",
    labels: { "apiserver.kubernetes.io/identity": "kube-apiserver" },
  }),
  spec,
});

describe("an identity lease", () => {
  it("has run out strictly after its duration, or without its times", () => {
    const lease = identity("a", { renewTime: at(10), leaseDurationSeconds: 3_600 });
    expect(isExpired(lease, at(3_610))).toBe(false);
    expect(isExpired(lease, (at(3_610) + 1) as Instant)).toBe(true);
    expect(isExpired(identity("a", { renewTime: at(10) }), at(0))).toBe(true);
    expect(isExpired(identity("a", { leaseDurationSeconds: 1 }), at(0))).toBe(true);
  });
});

describe("the API server lease collector", () => {
  it("deletes what has run out, once an hour", () => {
    const stage = nodeStage();
    stage.hub.put(identity("gone", { renewTime: at(-7_200), leaseDurationSeconds: 3_600 }));
    stage.hub.put(identity("dying", { renewTime: at(0), leaseDurationSeconds: 3_600 }));
    stage.start(apiServerLeaseCollector);
    stage.until(1);
    expect(stage.hub.get("Lease", "kube-system/gone")).toBeUndefined();
    stage.until(3_600);
    expect(stage.hub.get("Lease", "kube-system/dying")).toBeDefined();
    stage.until(3_601);
    expect(stage.hub.get("Lease", "kube-system/dying")).toBeUndefined();
  });

  it("looks at the lease as it is now before it deletes it", () => {
    const stage = nodeStage();
    stage.hub.put(identity("a", { renewTime: at(-7_200), leaseDurationSeconds: 3_600 }));
    stage.hub.behave = ({ verb, kind }) => {
      if (verb === "get" && kind === "Lease")
        stage.hub.secretly(() => void stage.hub.put(identity("a", { renewTime: at(0), leaseDurationSeconds: 3_600 })));
      return {};
    };
    stage.start(apiServerLeaseCollector);
    stage.until(1);
    expect(stage.hub.get("Lease", "kube-system/a")).toBeDefined();
  });
});
