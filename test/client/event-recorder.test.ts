import { describe, expect, it } from "vitest";
import { alreadyExists } from "../../engine/api/error.ts";
import type { Event } from "../../engine/api/kinds/event.ts";
import { type KubeObject, newMeta } from "../../engine/api/object.ts";
import { minutes, seconds } from "../../engine/base/units.ts";
import { createEventRecorder } from "../../engine/client/event-recorder.ts";
import { stage } from "./stage.ts";

const pod = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { ...newMeta({ name, namespace: "ns" }), uid: `uid-${name}` },
});
const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: newMeta({ name: "n1" }) };

function played() {
  const set = stage();
  const owner = set.daemon("m1");
  const recorder = createEventRecorder(owner, set.client(owner), "kubelet");
  const written = () =>
    set.hub.requests.map(({ verb, object, key }) =>
      verb === "create" ? (object as Event).message : `${verb} ${set.hub.get<Event>("Event", key)?.count ?? "nothing"}`,
    );
  return { ...set, owner, recorder, written };
}

describe("an event recorder", () => {
  it("writes an event into the namespace of its object, or into default", () => {
    const { recorder, hub, until } = played();
    until(seconds(1.5));
    recorder.event(pod("p"), "Normal", "Started", "Started container c");
    recorder.event(node, "Warning", "NodeNotReady", "gone");
    until(seconds(2));
    const [first, second] = hub.requests.map(({ object }) => object as Event);
    expect(first).toMatchObject({
      metadata: { namespace: "ns", name: expect.stringMatching(/^p\.[0-9a-f]{16}$/) },
      involvedObject: { kind: "Pod", namespace: "ns", name: "p", uid: "uid-p" },
      source: { component: "kubelet", host: "m1" },
      type: "Normal",
      count: 1,
      firstTimestamp: seconds(1),
    });
    expect(second!.metadata.namespace).toBe("default");
  });

  it("counts a repeat in the event that is there", () => {
    const { recorder, hub, written, until } = played();
    for (const time of [1, 2, 3]) {
      recorder.event(pod("p"), "Normal", "Pulling", "again");
      until(seconds(time));
    }
    expect(written()).toEqual(["again", "patch 3", "patch 3"]);
    const { key } = hub.requests[1]!;
    expect(hub.get<Event>("Event", key)).toMatchObject({ count: 3, firstTimestamp: 0, lastTimestamp: seconds(2) });
  });

  it("creates a repeated event anew, with its count, when it is no longer there", () => {
    const { recorder, hub, until } = played();
    recorder.event(pod("p"), "Normal", "Pulling", "again");
    until(seconds(1));
    const { namespace, name } = (hub.requests[0]!.object as Event).metadata;
    hub.remove("Event", `${namespace}/${name}`);
    recorder.event(pod("p"), "Normal", "Pulling", "again");
    until(seconds(2));
    expect(hub.requests.map(({ verb }) => verb)).toEqual(["create", "patch", "create"]);
    expect(hub.get<Event>("Event", `${namespace}/${name}`)!.count).toBe(2);
  });

  it("silences an object after 25 events, lets one through each five minutes, and counts what it dropped", () => {
    const { recorder, hub, until } = played();
    for (let i = 0; i < 40; i++) recorder.event(pod("p"), "Warning", "BackOff", "restarting");
    recorder.event(pod("other"), "Warning", "BackOff", "restarting");
    until(minutes(4));
    expect(hub.requests).toHaveLength(26);
    until(minutes(5));
    recorder.event(pod("p"), "Warning", "BackOff", "restarting");
    until(minutes(6));
    const { key } = hub.requests.at(-1)!;
    expect([hub.requests.length, hub.get<Event>("Event", key)!.count]).toEqual([27, 41]);
  });

  it("makes one event of the tenth and later different messages within ten minutes", () => {
    const { recorder, written, until } = played();
    for (let i = 1; i <= 12; i++) recorder.event(pod("p"), "Warning", "FailedScheduling", `message ${i}`);
    until(seconds(1));
    expect(written().slice(8)).toEqual([
      "message 9",
      "(combined from similar events): message 10",
      "patch 3",
      "patch 3",
    ]);
  });

  it("tries twelve times, 10 s apart after a first shorter wait, when no answer comes, and gives up", () => {
    const { recorder, hub, kernel, until } = played();
    const times: number[] = [];
    hub.behave = () => {
      times.push(kernel.now / 1_000_000);
      return { lose: "reset" };
    };
    recorder.event(pod("p"), "Normal", "Started", "once");
    until(minutes(10));
    const gaps = times.slice(1).map((time, i) => Math.round((time - times[i]!) * 1000) / 1000);
    expect(times).toHaveLength(12);
    expect(gaps[0]).toBeLessThan(10);
    expect(new Set(gaps.slice(1))).toEqual(new Set([10]));
  });

  it("drops what the server refuses, and what is queued beyond a thousand", () => {
    const { recorder, hub, until } = played();
    hub.behave = () => ({ refuse: alreadyExists("events", "e") });
    recorder.event(pod("p"), "Normal", "Started", "refused");
    until(minutes(1));
    expect(hub.requests).toHaveLength(1);
    hub.behave = () => ({});
    for (let i = 0; i < 1500; i++) recorder.event(pod(`p${i}`), "Normal", "Started", "one of many");
    until(minutes(2));
    expect(hub.requests).toHaveLength(1001);
  });
});
