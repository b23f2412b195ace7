import { describe, expect, it } from "vitest";
import { conflict } from "../../engine/api/error.ts";
import type { Pod } from "../../engine/api/kinds/pod.ts";
import type { ReplicaSet } from "../../engine/api/kinds/replica-set.ts";
import { controllerReference, newMeta } from "../../engine/api/object.ts";
import { minutes, seconds } from "../../engine/base/units.ts";
import {
  type ControllerDefinition,
  controller,
  done,
  requeueAfter,
  requeueRateLimited,
} from "../../engine/client/controller.ts";
import { createEventRecorder } from "../../engine/client/event-recorder.ts";
import { reconcileFinished } from "../../engine/client/happening.ts";
import { sharedInformers } from "../../engine/client/informer.ts";
import { sleep } from "../../engine/kernel/process.ts";
import { stage } from "./stage.ts";

const set = (name: string): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: newMeta({ name, namespace: "ns" }),
  spec: { replicas: 1, selector: {}, template: { spec: { containers: [] } } },
  status: { replicas: 0 },
});

const podOf = (name: string, owner: ReplicaSet): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: newMeta({ name, namespace: "ns", ownerReferences: [controllerReference(owner)] }),
  spec: { containers: [] },
  status: { phase: "Pending" },
});

function played(definition: Partial<ControllerDefinition<undefined>>) {
  const scene = stage();
  const owner = scene.daemon();
  const client = scene.client(owner);
  const informers = sharedInformers(owner, client);
  const events = createEventRecorder(owner, client, "test");
  const finished: string[] = [];
  scene.kernel.trace.on(reconcileFinished, ({ time, detail }) => {
    const { key, outcome, retryAfter } = detail;
    finished.push(
      `${time / 1_000_000}s ${key} ${outcome}${retryAfter === undefined ? "" : ` ${retryAfter / 1_000}ms`}`,
    );
  });
  const start = () => {
    controller<undefined>({
      name: "test",
      reconciles: "ReplicaSet",
      *reconcile() {
        return done();
      },
      ...definition,
    }).start({ daemon: owner, client, informers, events, settings: undefined });
    informers.start();
  };
  return { ...scene, start, finished };
}

describe("a controller", () => {
  it("reconciles nothing before every informer that it asked for has its first list", () => {
    const { hub, start, finished, until } = played({ owns: ["Pod"] });
    hub.put(set("web"));
    hub.behave = ({ verb, kind }) => (verb === "list" && kind === "Pod" ? { there: seconds(1) } : {});
    start();
    until(minutes(1));
    expect(finished).toEqual(["1s ns/web done"]);
  });

  it("wakes up for its own objects and for what they own, and for nothing else", () => {
    const { hub, start, finished, until } = played({ owns: ["Pod"] });
    const [web, db] = [hub.put(set("web")), hub.put(set("db"))];
    start();
    until(seconds(1));
    finished.length = 0;
    const pod = hub.put(podOf("p", web));
    hub.put({ ...podOf("stranger", web), metadata: newMeta({ name: "stranger", namespace: "ns" }) });
    until(seconds(2));
    expect(finished).toEqual(["1s ns/web done"]);
    hub.put({ ...pod, metadata: { ...pod.metadata, ownerReferences: [controllerReference(db)] } });
    until(seconds(3));
    expect(finished.slice(1)).toEqual(["2s ns/web done", "2s ns/db done"]);
    hub.remove("Pod", "ns/p");
    until(seconds(4));
    expect(finished.slice(3)).toEqual(["3s ns/db done"]);
  });

  it("tries again, rate limited, what failed with an ApiError, and starts the ladder again after a success", () => {
    let failures = 3;
    const { hub, start, finished, until } = played({
      *reconcile(key) {
        if (failures-- > 0) throw conflict("replicasets", key, "modified");
        return done();
      },
    });
    hub.put(set("web"));
    start();
    until(seconds(1));
    expect(finished).toEqual([
      "0.1s ns/web error 5ms",
      "0.105s ns/web error 10ms",
      "0.115s ns/web error 20ms",
      "0.135s ns/web done",
    ]);
    failures = 1;
    hub.put(set("web"));
    until(seconds(2));
    expect(finished[4]).toBe("1s ns/web error 5ms");
  });

  it("drops a key that failed too often, until something happens to it", () => {
    const { hub, start, finished, until } = played({
      maxRetries: 2,
      *reconcile(key) {
        throw conflict("replicasets", key, "modified");
      },
    });
    hub.put(set("web"));
    start();
    until(minutes(1));
    expect(finished.map((line) => line.split(" ")[2])).toEqual(["error", "error", "dropped"]);
    hub.put(set("web"));
    until(minutes(2));
    expect(finished.slice(3).map((line) => line.split(" ").slice(2).join(" "))).toEqual([
      "error 5ms",
      "error 10ms",
      "dropped",
    ]);
  });

  it("looks again after the time it asked for, or rate limited", () => {
    const results = [requeueRateLimited(), requeueRateLimited(), requeueAfter(seconds(7)), done()];
    const { hub, start, finished, until } = played({
      *reconcile() {
        return results.shift() ?? done();
      },
    });
    hub.put(set("web"));
    start();
    until(minutes(1));
    expect(finished.map((line) => line.split(" ").slice(2).join(" "))).toEqual([
      "requeued 5ms",
      "requeued 10ms",
      "requeued 7000ms",
      "done",
    ]);
  });

  it("works on as many keys at once as it has workers, and never twice on one", () => {
    let [atWork, most] = [0, 0];
    const inHand = new Set<string>();
    const { hub, start, finished, until } = played({
      workers: () => 3,
      *reconcile(key) {
        expect(inHand.has(key)).toBe(false);
        inHand.add(key);
        most = Math.max(most, ++atWork);
        yield* sleep(seconds(1));
        atWork--;
        inHand.delete(key);
        return done();
      },
    });
    for (let i = 0; i < 9; i++) hub.put(set(`s${i}`));
    start();
    until(seconds(0.5));
    for (let i = 0; i < 9; i++) hub.put(set(`s${i}`));
    until(minutes(1));
    expect([most, finished.length]).toEqual([3, 12]);
  });
});
