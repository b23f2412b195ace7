import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../../engine/base/units.ts";
import { serverDisturbance } from "../../../engine/hub/apiserver/disturbance.ts";
import { CallError } from "../../../engine/world/rpc.ts";
import { streamGate } from "../../../engine/world/stream-gate.ts";
import { pod } from "../objects.ts";
import { Hub } from "../stage.ts";

function disturbed() {
  const hub = new Hub();
  return { hub, lever: hub.servers[0]!.lever(serverDisturbance) };
}

const create = (name: string) => ({ verb: "create", kind: "Pod", object: pod(name) }) as const;

describe("an API server that is disturbed", () => {
  it("answers late, after the deed", () => {
    const { hub, lever } = disturbed();
    const heal = lever.slow({ verb: "create" }, () => seconds(20));
    const answer = hub.send(create("web"));
    hub.pass(seconds(1));
    expect([hub.commits.at(-1), answer.response]).toEqual(["created Pod/default/web", undefined]);
    expect(hub.ask({ verb: "get", kind: "Pod", key: "default/web" })).toMatchObject({ code: 200 });
    hub.pass(seconds(20));
    expect(answer.response).toMatchObject({ code: 201 });
    heal();
    expect(lever.engaged).toBe(false);
  });

  it("loses an answer by a reset of the request alone", () => {
    const { hub, lever } = disturbed();
    const other = hub.send({ verb: "get", kind: "Pod", key: "default/none" });
    const heal = lever.lose({ kind: "Pod", verb: "create" }, () => "request");
    const answer = hub.ask(create("web"));
    expect(answer instanceof CallError && answer.failure).toBe("reset");
    expect(other.response).toMatchObject({ code: 404 });
    expect(hub.commits).toContain("created Pod/default/web");
    heal();
    expect(hub.ask(create("web"))).toMatchObject({ code: 409 });
  });

  it("loses an answer with the whole connection and the watches on it", () => {
    const { hub, lever } = disturbed();
    const watch = hub.watch("Pod");
    const heal = lever.lose({ verb: "create" }, () => "connection");
    const answer = hub.ask(create("web"));
    expect(answer instanceof CallError && answer.failure).toBe("closed");
    expect(watch.stream.ended.set && watch.stream.ended.answer()).toBe("closed");
    heal();
    expect(hub.ask({ verb: "get", kind: "Pod", key: "default/web" })).toMatchObject({ code: 200 });
  });

  it("executes a request twice, and the client hears of the second time", () => {
    const { hub, lever } = disturbed();
    lever.repeat({ user: "alice" }, () => true);
    expect(hub.ask(create("web"))).toMatchObject({ code: 409 });
    expect(hub.commits.filter((commit) => commit.includes("Pod"))).toEqual(["created Pod/default/web"]);
  });

  it("lets requests wait for their turn when too many come, and sends away those for whom there is no room", () => {
    const { hub, lever } = disturbed();
    const heal = lever.congest({ requestsPerSecond: 10, maxInFlight: 5 });
    const answers = Array.from({ length: 8 }, () => hub.send({ verb: "get", kind: "Pod", key: "default/none" }));
    hub.pass(milliseconds(250));
    const codes = () =>
      answers.map(({ response }) => (response === undefined || response instanceof CallError ? "" : response.code));
    expect(codes()).toEqual([404, 404, 404, "", "", 429, 429, 429]);
    hub.pass(seconds(1));
    expect(codes().slice(3, 5)).toEqual([404, 404]);
    heal();
    expect(hub.ask({ verb: "get", kind: "Pod", key: "default/none" })).toMatchObject({ code: 404 });
  });

  it("shows an old state while its own watch of etcd stands still, and no older one than before", () => {
    const { hub } = disturbed();
    hub.create(pod("old"));
    hub.pass(seconds(1));
    const heal = hub.servers[0]!.lever(streamGate).delay(undefined, seconds(3_600));
    hub.create(pod("new"));
    hub.pass(seconds(1));
    const cached = { verb: "list", kind: "Pod", list: { resourceVersion: 0 } } as const;
    const names = () => {
      const answer = hub.ask(cached);
      return answer instanceof CallError ? undefined : answer.list?.items.map(({ metadata }) => metadata.name);
    };
    expect(names()).toEqual(["old"]);
    // A consistent list does not trust the cache: it waits, and asks etcd in the end.
    expect(hub.ask({ verb: "list", kind: "Pod" })).toMatchObject({ list: { items: [{}, {}] } });
    heal();
    hub.pass(milliseconds(10));
    expect(names()).toEqual(["new", "old"]);
  });
});
