import { describe, expect, it } from "vitest";
import { ApiError, expired } from "../../engine/api/error.ts";
import type { Pod } from "../../engine/api/kinds/pod.ts";
import { keyOf, newMeta } from "../../engine/api/object.ts";
import type { WatchEvent } from "../../engine/api/wire.ts";
import { minutes, seconds } from "../../engine/base/units.ts";
import { type Informer, sharedInformers } from "../../engine/client/informer.ts";
import type { FirstRead } from "../../engine/client/reflector.ts";
import { stage } from "./stage.ts";
import { serverError, type TinyHub } from "./tiny-hub.ts";

const pod = (name: string, node = "n1"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: newMeta({ name, namespace: "ns" }),
  spec: { nodeName: node, containers: [] },
  status: { phase: "Pending" },
});

function played(firstRead?: FirstRead) {
  const set = stage();
  const owner = set.daemon();
  const informers = sharedInformers(owner, set.client(owner), firstRead ? { firstRead } : {});
  const pods = informers.of("Pod");
  const seen: string[] = [];
  const tell = (what: string, object: Pod) => seen.push(`${what} ${object.metadata.name} of ${pods.size}`);
  pods.onChange({
    added: (object) => tell("added", object),
    updated: (_, object) => tell("updated", object),
    deleted: (object) => tell("deleted", object),
  });
  return { ...set, owner, informers, pods, seen };
}

const asked = (hub: TinyHub) =>
  hub.requests.map(
    ({ verb, list, watch }) => `${verb} ${(verb === "watch" ? watch : list)?.resourceVersion ?? "unset"}`,
  );

const names = (informer: Informer<Pod>) => informer.list().map((object) => object.metadata.name);

describe("an informer", () => {
  it("lists, then follows the watch, and changes its copy before it tells", () => {
    const { hub, informers, pods, seen, until } = played();
    hub.put(pod("b"));
    hub.put(pod("a"));
    informers.start();
    until(seconds(1));
    expect([pods.synced, pods.revision, names(pods)]).toEqual([true, 2, ["a", "b"]]);
    hub.put({ ...hub.get<Pod>("Pod", "ns/a")!, status: { phase: "Running" } });
    hub.remove("Pod", "ns/b");
    expect(seen).toEqual(["added b of 1", "added a of 2", "updated a of 2", "deleted b of 1"]);
    expect([asked(hub), pods.revision]).toEqual([["list unset", "watch 2"], 4]);
  });

  it("moves on with bookmarks, which change nothing else", () => {
    const { hub, informers, pods, seen, until } = played();
    informers.start();
    until(seconds(1));
    hub.push("Pod", [{ type: "BOOKMARK", resourceVersion: 77 }]);
    expect([pods.revision, seen]).toEqual([77, []]);
  });

  it("reads whatever the API server has in memory first, if it is told to", () => {
    const { hub, informers, until } = played("watch-cache");
    informers.start();
    until(seconds(1));
    expect(asked(hub)[0]).toBe("list 0");
  });

  it("opens the next watch from where it was when the server ends one after its time, without a new list", () => {
    const { hub, informers, until } = played();
    informers.start();
    until(minutes(5));
    hub.push("Pod", [{ type: "BOOKMARK", resourceVersion: 9 }]);
    hub.endWatches();
    until(minutes(6));
    expect(asked(hub)).toEqual(["list unset", "watch 0", "watch 9"]);
  });

  it("asks for watches of five to ten minutes, in whole seconds", () => {
    const { hub, informers, until } = played();
    informers.start();
    for (let i = 1; i <= 40; i++) {
      until(minutes(i));
      hub.endWatches();
    }
    const timeouts = hub.requests
      .filter(({ verb }) => verb === "watch")
      .map(({ watch }) => watch!.timeout! / 1_000_000);
    expect(timeouts.length).toBeGreaterThan(20);
    expect(timeouts.every((timeout) => Number.isInteger(timeout) && timeout >= 300 && timeout < 600)).toBe(true);
    expect(new Set(timeouts).size).toBeGreaterThan(10);
  });

  it("lists again, at its revision and after a back-off, when a watch was too short and brought nothing", () => {
    const { hub, informers, until } = played();
    hub.put(pod("a"));
    informers.start();
    until(seconds(0.5));
    hub.endWatches();
    until(seconds(1.2));
    expect(asked(hub)).toEqual(["list unset", "watch 1"]);
    until(seconds(2.2));
    expect(asked(hub)).toEqual(["list unset", "watch 1", "list 1", "watch 1"]);
  });

  it("after 410 in the watch lists at its revision, deletes what is gone and tells only what differs", () => {
    const { hub, informers, pods, seen, until } = played();
    for (const name of ["a", "b", "c"]) hub.put(pod(name));
    informers.start();
    until(seconds(5));
    seen.length = 0;
    hub.secretly(() => {
      hub.remove("Pod", "ns/a");
      hub.put({ ...hub.get<Pod>("Pod", "ns/b")!, status: { phase: "Running" } });
      hub.put(pod("d"));
    });
    hub.push("Pod", [{ type: "ERROR", error: expired("too old resource version: 3 (6)") }] satisfies WatchEvent[]);
    until(seconds(10));
    expect(asked(hub).slice(2)).toEqual(["list 3", "watch 6"]);
    expect(seen).toEqual(["deleted a of 2", "updated b of 2", "added d of 3"]);
    expect([names(pods), hub.watching]).toEqual([["b", "c", "d"], 1]);
  });

  it("sees a deletion and new creation in a gap as one update with another uid", () => {
    const { hub, informers, pods, seen, until } = played();
    hub.put(pod("a"));
    informers.start();
    until(seconds(5));
    const before = pods.get("ns/a")!.metadata.uid;
    hub.secretly(() => {
      hub.remove("Pod", "ns/a");
      hub.put(pod("a"));
    });
    hub.endWatches("ping-timeout");
    until(seconds(10));
    expect(seen).toEqual(["added a of 1", "updated a of 1"]);
    expect(pods.get("ns/a")!.metadata.uid).not.toBe(before);
  });

  it("lists the most recent state at once when its revision is not to be had", () => {
    const { hub, informers, until } = played();
    hub.put(pod("a"));
    informers.start();
    until(seconds(5));
    hub.behave = ({ verb, list }) =>
      verb === "list" && list?.resourceVersion !== undefined ? { refuse: expired("gone") } : {};
    hub.endWatches("ping-timeout");
    until(seconds(10));
    expect(asked(hub).slice(2)).toEqual(["list 1", "list unset", "watch 1"]);
    hub.behave = () => ({});
    hub.endWatches("ping-timeout");
    until(seconds(20));
    expect(asked(hub).slice(5)).toEqual(["list 1", "watch 1"]);
  });

  it("asks a server that is behind its revision again each second, ten times, before it takes the most recent state", () => {
    const { hub, informers, pods, until } = played("watch-cache");
    hub.put(pod("a"));
    informers.start();
    until(seconds(5));
    const behind = new ApiError(
      504,
      "Timeout",
      "Too large resource version: 1, current: 0",
      { cause: "ResourceVersionTooLarge" },
      1,
    );
    hub.behave = ({ verb, list }) => (verb === "list" && list?.resourceVersion !== undefined ? { refuse: behind } : {});
    hub.endWatches("ping-timeout");
    until(seconds(20));
    expect(asked(hub).slice(2)).toEqual([...Array<string>(11).fill("list 1"), "list unset", "watch 1"]);
    expect(pods.revision).toBe(1);
  });

  it("takes in nothing that follows an error in the stream", () => {
    const { hub, informers, pods, until } = played();
    const event: WatchEvent = { type: "ADDED", key: "default/late", object: pod("late"), resourceVersion: 5 };
    hub.behave = ({ verb }) =>
      verb === "watch" ? { frames: [[{ type: "ERROR", error: expired("too old") }], [event]] } : {};
    informers.start();
    until(seconds(0.5));
    expect([pods.size, pods.revision, hub.watching]).toEqual([0, 0, 0]);
  });

  it("tries a refused watch again as it is, after a back-off", () => {
    const { hub, informers, kernel, until } = played();
    let refusals = 3;
    hub.behave = ({ verb }) => (verb === "watch" && refusals-- > 0 ? { refuse: serverError(429) } : {});
    const times: number[] = [];
    const behave = hub.behave;
    hub.behave = (request) => {
      times.push(kernel.now / 1_000_000);
      return behave(request);
    };
    informers.start();
    until(seconds(60));
    expect(asked(hub)).toEqual(["list unset", "watch 0", "watch 0", "watch 0", "watch 0"]);
    const gaps = [2, 3, 4].map((i) => times[i]! - times[i - 1]!);
    for (const [i, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(0.8 * 2 ** i);
      expect(gap).toBeLessThan(1.6 * 2 ** i);
    }
  });

  it("goes on with the same revision when a stream breaks in its middle, but lists after a connection lost to the ping", () => {
    for (const [failure, next] of [
      ["reset", "watch 1"],
      ["retransmission-timeout", "watch 1"],
      ["ping-timeout", "list 1"],
    ] as const) {
      const { hub, informers, until } = played();
      hub.put(pod("a"));
      informers.start();
      until(seconds(30));
      hub.endWatches(failure);
      until(seconds(40));
      expect([failure, asked(hub)[2]]).toEqual([failure, next]);
    }
  });

  it("tells a handler that comes late of everything that is there, in key order", () => {
    const { hub, informers, pods, until } = played();
    for (const name of ["c", "a", "b"]) hub.put(pod(name));
    informers.start();
    until(seconds(1));
    const late: string[] = [];
    pods.onChange({ added: (object) => late.push(keyOf(object)) });
    expect(late).toEqual(["ns/a", "ns/b", "ns/c"]);
  });

  it("is shared by all who ask for the same selection", () => {
    const { informers } = played();
    const mine = { fieldSelector: { field: "spec.nodeName", value: "n1" } };
    expect(informers.of("Pod", mine)).toBe(informers.of("Pod", { ...mine }));
    expect(informers.of("Pod", mine)).not.toBe(informers.of("Pod"));
  });
});

describe("a reflector that keeps failing", () => {
  it("waits U[b, 2b) with b from 0.8 s doubling to 30 s, and starts again after two minutes", () => {
    const { hub, informers, kernel, until } = played();
    const times: number[] = [];
    hub.behave = () => {
      times.push(kernel.now / 1_000_000);
      return { refuse: serverError(500) };
    };
    informers.start();
    until(minutes(4));
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    const resetAt = times.findIndex((time) => time > 120);
    for (const [i, gap] of gaps.slice(0, resetAt).entries()) {
      const base = Math.min(0.8 * 2 ** i, 30);
      expect(gap).toBeGreaterThanOrEqual(base);
      expect(gap).toBeLessThan(2 * base);
    }
    expect(gaps[resetAt]!).toBeLessThan(1.6);
  });
});

describe("waiting for the caches", () => {
  it("looks each 100 ms", () => {
    const { hub, owner, informers, kernel, until } = played();
    hub.behave = ({ verb }) => (verb === "list" ? { there: seconds(0.25) } : {});
    let synced = -1;
    informers.start();
    owner.spawn(
      "waiter",
      (function* () {
        yield* informers.waitForSync();
        synced = kernel.now;
      })(),
    );
    until(seconds(5));
    expect(synced).toBe(seconds(0.3));
  });
});
