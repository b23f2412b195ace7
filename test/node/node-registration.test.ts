import { describe, expect, it } from "vitest";
import type { Node } from "../../engine/api/kinds/node.ts";
import { inSeconds, seconds } from "../../engine/base/units.ts";
import { register } from "../../engine/node/node-registration.ts";
import { aNode, DESCRIPTION, Machine, SETTINGS } from "./machine.ts";

const creates = (machine: Machine): number[] => {
  const at: number[] = [];
  machine.api.requests.push = (...requests: string[]) => {
    for (const request of requests) if (request.startsWith("create")) at.push(inSeconds(machine.kernel.now));
    return requests.length;
  };
  return at;
};

const begin = (machine: Machine) => {
  const { kubelet, api } = machine;
  return kubelet!.spawn("registration", register(kubelet!, api.client, DESCRIPTION, SETTINGS));
};

describe("the registration of a node", () => {
  it("waits 100 ms doubling to 7 s before each try, until the API answers", () => {
    const machine = new Machine();
    machine.api.stored.delete("Node/n1");
    machine.api.down = true;
    const tried = creates(machine);
    begin(machine);
    machine.play(seconds(40));
    const gaps = tried.slice(1).map((at, i) => Math.round((at - tried[i]!) * 10) / 10);
    expect(gaps).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7, 7, 7]);
    machine.api.down = false;
    expect(inSeconds(machine.until(() => machine.api.stored.has("Node/n1")))).toBeLessThan(7.1);
  });

  it("brings the labels of a node that is there already in line, and leaves its taints", () => {
    const machine = new Machine();
    const stored = aNode({ spec: { taints: [{ key: "k", effect: "NoSchedule" }] } });
    machine.api.put({ ...stored, metadata: { ...stored.metadata, labels: { disk: "hdd" } } } as Node);
    const task = begin(machine);
    machine.play(seconds(1));
    expect(task.done).toBe(true);
    const node = machine.api.stored.get("Node/n1") as Node;
    expect(node.metadata.labels).toMatchObject({ disk: "ssd", "kubernetes.io/hostname": "n1" });
    expect(node.spec.taints).toHaveLength(1);
  });
});
