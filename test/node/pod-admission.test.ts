import { describe, expect, it } from "vitest";
import type { Container, PodSpec } from "../../engine/api/kinds/pod.ts";
import { admit } from "../../engine/node/pod-admission.ts";
import { aNode, aPod } from "./machine.ts";

const asking = (requests: Record<string, string>): Container => ({ name: "app", resources: { requests } });
const podAsking = (requests: Record<string, string>, spec: Partial<PodSpec> = {}) =>
  aPod("p", { containers: [asking(requests)], ...spec });
const withAllocatable = (change: Record<string, string>) => {
  const node = aNode();
  return { ...node, status: { ...node.status, allocatable: { ...node.status.allocatable, ...change } } };
};

describe("admission by the kubelet", () => {
  it("takes what fits exactly", () => {
    expect(admit(podAsking({ cpu: "4", memory: "8Gi" }), aNode(), [])).toBeUndefined();
  });

  it("counts what the others ask for", () => {
    const rejection = admit(podAsking({ cpu: "2" }), aNode(), [podAsking({ cpu: "2500m" })]);
    expect(rejection?.reason).toBe("OutOfcpu");
    expect(rejection?.message).toContain("requested: 2000, used: 2500, capacity: 4000");
  });

  it("reports only the first reason: pods, cpu, memory, ephemeral-storage, extended resources, affinity, name", () => {
    const wants = { cpu: "9", memory: "9Gi", "ephemeral-storage": "1", "a.example/gpu": "1" };
    const spec: Partial<PodSpec> = { nodeSelector: { disk: "tape" }, nodeName: "n2" };
    const pod = podAsking(wants, spec);
    const other = aPod("other");
    expect(admit(pod, withAllocatable({ pods: "1" }), [other])?.reason).toBe("OutOfpods");
    expect(admit(pod, aNode(), [])?.reason).toBe("OutOfcpu");
    expect(admit(pod, withAllocatable({ cpu: "9" }), [])?.reason).toBe("OutOfmemory");
    const roomy = { cpu: "9", memory: "9Gi" };
    expect(admit(pod, withAllocatable(roomy), [])?.reason).toBe("OutOfephemeral-storage");
    const roomier = { ...roomy, "ephemeral-storage": "1" };
    expect(admit(pod, withAllocatable(roomier), [])?.reason).toBe("OutOfa.example/gpu");
    const roomiest = withAllocatable({ ...roomier, "a.example/gpu": "1" });
    expect(admit(pod, roomiest, [])?.reason).toBe("NodeAffinity");
    expect(admit({ ...pod, spec: { ...pod.spec, nodeSelector: {} } }, roomiest, [])?.reason).toBe("NodeName");
  });

  it("minds NoExecute taints and no others", () => {
    const tainted = (effect: "NoExecute" | "NoSchedule") => aNode({ spec: { taints: [{ key: "k", effect }] } });
    expect(admit(aPod("p"), tainted("NoSchedule"), [])).toBeUndefined();
    expect(admit(aPod("p"), tainted("NoExecute"), [])?.reason).toBe("TaintToleration");
    const tolerant = aPod("p", { tolerations: [{ key: "k", operator: "Exists" }] });
    expect(admit(tolerant, tainted("NoExecute"), [])).toBeUndefined();
  });

  it("reads required affinity as terms of which one must hold wholly", () => {
    const requiring = (...keys: string[]) =>
      aPod("p", {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: keys.map((key) => ({ matchExpressions: [{ key, operator: "Exists" as const }] })),
            },
          },
        },
      });
    expect(admit(requiring("gpu", "disk"), aNode(), [])).toBeUndefined();
    expect(admit(requiring("gpu"), aNode(), [])?.reason).toBe("NodeAffinity");
  });
});
