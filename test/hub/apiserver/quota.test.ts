import { beforeEach, describe, expect, it } from "vitest";
import type { Container, Pod } from "../../../engine/api/kinds/pod.ts";
import type { ResourceQuota } from "../../../engine/api/kinds/resource-quota.ts";
import type { ApiResponse } from "../../../engine/api/wire.ts";
import { seconds } from "../../../engine/base/units.ts";
import { used } from "../../../engine/control/controllers/resource-quota.ts";
import { play, scenarioOf, web } from "../../stage.ts";
import { frozen, meta, pod } from "../objects.ts";
import { Hub } from "../stage.ts";

const quota = (hard: Record<string, string>, status: ResourceQuota["status"] = {}): ResourceQuota =>
  frozen({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: meta("compute", { namespace: "default" }),
    spec: { hard },
    status,
  });

const asking = (name: string, requests?: Record<string, string>): Pod => {
  const container: Container = requests ? { name: "main", resources: { requests } } : { name: "main" };
  return pod(name, { spec: { containers: [container] } });
};

let hub: Hub;
beforeEach(() => {
  hub = new Hub();
});

/** A quota whose status the controller has filled in. */
function counted(hard: Record<string, string>): void {
  const stored = hub.create(quota(hard));
  const nothing = Object.fromEntries(Object.keys(hard).map((name) => [name, "0"]));
  const object = frozen({ ...stored, status: { hard, used: nothing } });
  hub.done({ verb: "update", kind: "ResourceQuota", subresource: "status", object });
  hub.pass(seconds(1));
}

const created = (object: Pod): string => {
  const { code, error } = hub.ask({ verb: "create", kind: "Pod", object }) as ApiResponse;
  return error ? `${code} ${error.message}` : String(code);
};

describe("a quota", () => {
  it("is charged for what is created, and then has no more room", () => {
    counted({ "requests.cpu": "1", pods: "10" });
    expect(created(asking("a", { cpu: "600m" }))).toBe("201");
    expect(created(asking("b", { cpu: "600m" }))).toBe(
      '403 pods "b" is forbidden: exceeded quota: compute, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
    expect(created(asking("c", { cpu: "400m" }))).toBe("201");
    const { status } = hub.done<ResourceQuota>({ verb: "get", kind: "ResourceQuota", key: "default/compute" });
    expect(status.used).toEqual({ "requests.cpu": "1", pods: "2" });
  });

  it("counts memory in bytes, and objects", () => {
    counted({ memory: "1Gi", "count/pods": "2" });
    expect(created(asking("a", { memory: "512Mi" }))).toBe("201");
    expect(created(asking("b", { memory: "768Mi" }))).toMatch(
      /requested: memory=768Mi, used: memory=512Mi, limited: memory=1Gi$/,
    );
    expect(created(asking("b", { memory: "1Mi" }))).toBe("201");
    expect(created(asking("c", { memory: "1Mi" }))).toMatch(
      /exceeded quota: compute, requested: count\/pods=1, used: count\/pods=2, limited: count\/pods=2$/,
    );
  });

  it("is for its own namespace only", () => {
    counted({ pods: "0" });
    expect(created(pod("a", { meta: { namespace: "kube-public" } }))).toBe("201");
    expect(created(pod("a"))).toMatch(/^403/);
  });

  it("refuses pods that do not say what they want of a resource that is limited", () => {
    counted({ "requests.cpu": "1", "limits.memory": "1Gi" });
    expect(created(asking("a", { cpu: "1m" }))).toBe(
      '403 pods "a" is forbidden: failed quota: compute: must specify limits.memory for: main',
    );
    expect(created(asking("a"))).toMatch(/must specify limits.memory for: main; requests.cpu for: main$/);
  });

  it("refuses everything that it counts before anybody has counted", () => {
    hub.create(quota({ pods: "5" }));
    hub.pass(seconds(1));
    expect(created(pod("a"))).toBe('403 pods "a" is forbidden: status unknown for quota: compute, resources: pods');
  });

  it("gives no room away twice, to many at once at two servers", () => {
    hub = new Hub({ servers: 2 });
    counted({ pods: "3" });
    const answers = Array.from({ length: 10 }, (_, i) =>
      hub.send({ verb: "create", kind: "Pod", object: pod(`p${i}`) }, i % 2),
    );
    hub.pass(seconds(5));
    const codes = answers.map(({ response }) => (response as ApiResponse).code);
    expect(codes.filter((code) => code === 201)).toHaveLength(3);
    expect(codes.filter((code) => code === 403)).toHaveLength(7);
  });
});

describe("the quota controller", () => {
  it("adds up what runs, and nothing for what has ended", () => {
    const ended = pod("done", { status: { phase: "Succeeded" } });
    const objects = [asking("a", { cpu: "250m", memory: "1Gi" }), asking("b", { cpu: "1" }), ended];
    expect(used(quota({ pods: "9", cpu: "9", memory: "9Gi", "limits.cpu": "9", "count/pods": "9" }), objects)).toEqual({
      pods: "2",
      cpu: "1250m",
      memory: "1Gi",
      "limits.cpu": "0",
      "count/pods": "3",
    });
  });

  it("keeps a Deployment at its quota, and lets it grow again when others make room", () => {
    const manifests = `
apiVersion: v1
kind: ResourceQuota
metadata: { name: compute }
spec: { hard: { pods: "4" } }
---${web(3)}---${web(3).replaceAll("web", "shop")}`;
    const { record, run } = play(
      scenarioOf(
        `
duration: 20m
warmUp: 2m
cluster: { nodePools: [{ name: workers, count: 2 }] }
manifests: [all.yaml]
timeline: [{ at: 5m, kubectl: scale deployment/web --replicas=1 }]
expect: { eventually: [{ converged: all, within: 1m }] }`,
        { "all.yaml": manifests },
        [],
      ),
    );
    expect(record.outcome, record.reason).toBe("passed");
    const refused = record.requestRows.find(
      ({ verb, kind, code }) => verb === "create" && kind === "Pod" && code === 403,
    );
    expect(refused!.count).toBeGreaterThan(2);
    const stored = [...run.cluster.view.objects("ResourceQuota")].map(([, object]) => object);
    expect(stored[0]!.status.used).toEqual({ pods: "4" });
  });
});
