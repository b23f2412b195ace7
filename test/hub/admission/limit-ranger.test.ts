import { describe, expect, it } from "vitest";
import { ApiError } from "../../../engine/api/error.ts";
import type { LimitRange, LimitRangeItem } from "../../../engine/api/kinds/limit-range.ts";
import type { Container, Pod } from "../../../engine/api/kinds/pod.ts";
import { KINDS } from "../../../engine/api/kinds/registry.ts";
import { limitRanger } from "../../../engine/hub/admission/limit-ranger.ts";
import { Principal } from "../../../engine/hub/authentication/principal.ts";
import { meta, pod } from "../objects.ts";
import { SETTINGS } from "../stage.ts";

const range = (...limits: LimitRangeItem[]): LimitRange =>
  KINDS.LimitRange.defaults!({
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: meta("limits", { namespace: "default" }),
    spec: { limits },
  });

function admitted(resources: Container["resources"], ...items: LimitRangeItem[]): string | Container["resources"] {
  const asked = pod("web", { spec: { containers: [{ name: "main", ...(resources && { resources }) }] } });
  const view = { settings: SETTINGS, may: () => true, find: () => undefined, all: () => [range(...items)] };
  const verdict = limitRanger.admit(
    { operation: "create", kind: "Pod", object: asked, user: new Principal({ name: "alice", groups: [] }) },
    view,
  );
  return verdict instanceof ApiError
    ? `${verdict.code} ${verdict.message}`
    : (verdict as Pod).spec.containers[0]!.resources;
}

describe("a limit range", () => {
  it("gives containers what they do not ask for", () => {
    const item = { type: "Container", default: { cpu: "500m" }, defaultRequest: { cpu: "100m" } } as const;
    expect(admitted(undefined, item)).toEqual({ limits: { cpu: "500m" }, requests: { cpu: "100m" } });
    expect(admitted({ requests: { cpu: "200m" } }, item)).toEqual({
      limits: { cpu: "500m" },
      requests: { cpu: "200m" },
    });
    expect(admitted({ limits: { cpu: "300m" } }, item)).toEqual({ limits: { cpu: "300m" }, requests: { cpu: "300m" } });
  });

  it("takes the largest allowed for the default", () => {
    const item = { type: "Container", max: { memory: "1Gi" } } as const;
    expect(admitted(undefined, item)).toEqual({ limits: { memory: "1Gi" }, requests: { memory: "1Gi" } });
  });

  it.each<[string, Container["resources"], LimitRangeItem, string]>([
    [
      "too much",
      { limits: { cpu: "2" } },
      { type: "Container", max: { cpu: "1" } },
      "maximum cpu usage per Container is 1, but limit is 2",
    ],
    [
      "too little",
      { requests: { cpu: "50m" } },
      { type: "Container", min: { cpu: "100m" } },
      "minimum cpu usage per Container is 100m, but request is 50m",
    ],
    [
      "no limit for the pod",
      { requests: { cpu: "50m" } },
      { type: "Pod", max: { cpu: "1" } },
      "maximum cpu usage per Pod is 1.  No limit is specified",
    ],
    [
      "no request for the pod",
      undefined,
      { type: "Pod", min: { memory: "1Mi" } },
      "minimum memory usage per Pod is 1Mi.  No request is specified",
    ],
  ])("refuses %s in the words of Kubernetes", (_, resources, item, words) => {
    expect(admitted(resources, item)).toBe(`403 pods "web" is forbidden: ${words}`);
  });

  it("tells everything that is wrong at once", () => {
    const item = { type: "Container", min: { cpu: "1" }, max: { memory: "1Gi" } } as const;
    expect(admitted({ requests: { cpu: "1m" }, limits: { memory: "2Gi" } }, item)).toBe(
      '403 pods "web" is forbidden: [minimum cpu usage per Container is 1, but request is 1m, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    );
  });
});
