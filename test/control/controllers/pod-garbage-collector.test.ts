import { describe, expect, it } from "vitest";
import type { Node } from "../../../engine/api/kinds/node.ts";
import type { Pod, PodStatus } from "../../../engine/api/kinds/pod.ts";
import {
  excessOf,
  podGarbageCollector,
  stuckOutOfService,
  waitsForFinalizers,
} from "../../../engine/control/controllers/pod-garbage-collector.ts";
import { serverError } from "../../client/tiny-hub.ts";
import { at, nodeStage, podOn, readyNode, tainted } from "./node-stage.ts";

const finished = (name: string, created: number, status: PodStatus = { phase: "Succeeded" }): Pod => {
  const pod = podOn("n", name);
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp: at(created) }, status };
};
const deleting = (pod: Pod, extra: Partial<Pod["metadata"]> = {}): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: at(0), ...extra },
});
const names = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.name);

describe("finished pods beyond the threshold", () => {
  const pods = [
    finished("old", 1),
    finished("b", 5),
    finished("a", 5),
    finished("evicted", 9, { phase: "Failed", reason: "Evicted" }),
    finished("new", 8, { phase: "Failed" }),
  ];

  it("go evicted first, then oldest, then by name", () => {
    expect(names(excessOf(pods, 1))).toEqual(["evicted", "old", "a", "b"]);
  });

  it("are none when there are no more than it allows, or when it is switched off", () => {
    expect(excessOf(pods, 5)).toEqual([]);
    expect(excessOf(pods, 0)).toEqual([]);
    expect(excessOf(pods, -1)).toEqual([]);
  });
});

describe("pods being deleted", () => {
  it("are stuck on a node that is out of service and not ready, with whatever effect the taint has", () => {
    const taint = { key: "node.kubernetes.io/out-of-service", effect: "NoSchedule" } as const;
    const nodes = new Map<string, Node>([
      ["out", tainted(readyNode("out", "a", "Unknown"), taint)],
      ["ready", tainted(readyNode("ready"), taint)],
      ["silent", readyNode("silent", "a", "Unknown")],
    ]);
    const pods = [...nodes.keys(), "missing"].map((node) => deleting(podOn(node, node)));
    expect(names(stuckOutOfService(pods, (name) => nodes.get(name)))).toEqual(["out"]);
  });

  it("are left alone when only their finalizers keep them", () => {
    const ended = deleting(finished("p", 0), { deletionGracePeriodSeconds: 0, finalizers: ["f"] });
    expect(waitsForFinalizers(ended)).toBe(true);
    expect(waitsForFinalizers(deleting(finished("p", 0), { deletionGracePeriodSeconds: 0 }))).toBe(false);
    expect(waitsForFinalizers(deleting(podOn("n", "p"), { deletionGracePeriodSeconds: 0, finalizers: ["f"] }))).toBe(
      false,
    );
  });
});

describe("the pod garbage collector", () => {
  const goneAt = (stage: ReturnType<typeof nodeStage>, name: string, end: number) =>
    stage.firstSecond(end, 0.1, () => stage.hub.get("Pod", `default/${name}`) === undefined);

  it("removes pods of a node that is gone in the pass after forty seconds of quarantine, and calls them Failed", () => {
    const stage = nodeStage();
    stage.hub.put(readyNode("n"));
    stage.hub.put(podOn("n", "p"));
    stage.start(podGarbageCollector);
    let last: Pod | undefined;
    stage.hub.behave = ({ verb }) => {
      if (verb === "delete") last = stage.hub.get<Pod>("Pod", "default/p");
      return {};
    };
    stage.until(10);
    stage.hub.remove("Node", "n");
    // Passes fall on 0.1 + 20k: quarantined at 20.1, due at 60.1 and, as the timer comes first, found due in that very pass.
    expect(goneAt(stage, "p", 120)).toBe(60.1);
    expect(last?.status).toMatchObject({ phase: "Failed" });
    expect(last?.status.conditions?.at(-1)).toMatchObject({ type: "DisruptionTarget", reason: "DeletionByPodGC" });
    const deletion = stage.hub.requests.find(({ verb }) => verb === "delete");
    expect(deletion?.delete?.gracePeriodSeconds).toBe(0);
  });

  it("believes the store and not its cache", () => {
    const stage = nodeStage();
    stage.hub.put(podOn("n", "p"));
    stage.start(podGarbageCollector);
    stage.until(30);
    stage.hub.secretly(() => void stage.hub.put(readyNode("n")));
    expect(goneAt(stage, "p", 200)).toBeUndefined();
  });

  it("quarantines a name again when the store could not be asked", () => {
    const stage = nodeStage();
    stage.hub.put(podOn("n", "p"));
    let asked = 0;
    stage.hub.behave = ({ verb, kind }) =>
      verb === "get" && kind === "Node" && asked++ === 0 ? { refuse: serverError(500) } : {};
    stage.start(podGarbageCollector);
    expect(goneAt(stage, "p", 200)).toBe(80.1);
  });

  it("leaves a pod alone whose node comes back", () => {
    const stage = nodeStage();
    stage.hub.put(readyNode("n"));
    stage.hub.put(podOn("n", "p"));
    stage.start(podGarbageCollector);
    stage.until(10);
    stage.hub.remove("Node", "n");
    stage.until(30);
    stage.hub.put(readyNode("n"));
    expect(goneAt(stage, "p", 200)).toBeUndefined();
  });

  it("removes what was deleted before it was scheduled", () => {
    const stage = nodeStage();
    stage.hub.put(deleting(podOn(undefined, "p")));
    stage.start(podGarbageCollector);
    expect(goneAt(stage, "p", 5)).toBe(0.1);
  });

  it("looks every twenty seconds", () => {
    const stage = nodeStage({ terminatedPodGcThreshold: 1 });
    stage.start(podGarbageCollector);
    stage.until(5);
    stage.hub.put(readyNode("n"));
    stage.hub.put(finished("a", 1));
    stage.hub.put(finished("b", 2));
    expect(goneAt(stage, "a", 50)).toBe(20.1);
    expect(stage.hub.get("Pod", "default/b")).toBeDefined();
  });
});
