import { describe, expect, it } from "vitest";
import { isApiError } from "../../engine/api/error.ts";
import { leaseWith } from "../../engine/api/kinds/lease.ts";
import { newMeta } from "../../engine/api/object.ts";
import { minutes, seconds } from "../../engine/base/units.ts";
import { type ClientOptions, type OpenWatch, transportRetry } from "../../engine/client/client.ts";
import { connectionEnded, partialLimit } from "../../engine/client/transport.ts";
import type { Process } from "../../engine/kernel/process.ts";
import { stage } from "./stage.ts";
import { serverError } from "./tiny-hub.ts";

const lease = leaseWith(newMeta({ name: "l", namespace: "ns" }), {});

function played(options: Partial<ClientOptions> = {}) {
  const set = stage();
  const owner = set.daemon();
  const client = set.client(owner, options);
  const seen: string[] = [];
  const doing = (name: string, process: () => Process<unknown>) =>
    owner.spawn(
      name,
      (function* (): Process {
        try {
          yield* process();
          seen.push(`${set.kernel.now / 1_000_000}s ${name}`);
        } catch (error) {
          if (!isApiError(error)) throw error;
          seen.push(`${set.kernel.now / 1_000_000}s ${name}: ${error.reason}`);
        }
      })(),
    );
  return { ...set, owner, client, seen, doing };
}

describe("a client's throttle", () => {
  it("lets the n-th of requests made at once leave after (n - burst) / qps, in the order made", () => {
    const { client, doing, seen, until } = played({ qps: 2, burst: 2 });
    for (let i = 1; i <= 5; i++) doing(`get ${i}`, () => client.list("Lease"));
    until(minutes(1));
    expect(seen).toEqual(["0s get 1", "0s get 2", "0.5s get 3", "1s get 4", "1.5s get 5"]);
  });

  it("waits before the time limit of the request starts", () => {
    const { client, doing, seen, hub, until } = played({ qps: 1, burst: 1, timeout: seconds(3) });
    hub.behave = () => ({ there: seconds(1), back: seconds(1) });
    for (let i = 1; i <= 5; i++) doing(`list ${i}`, () => client.list("Lease"));
    until(minutes(1));
    expect(seen).toEqual(["2s list 1", "3s list 2", "4s list 3", "5s list 4", "6s list 5"]);
  });

  it("lets watches pass", () => {
    const { client, doing, seen, until } = played({ qps: 1, burst: 1 });
    for (let i = 1; i <= 3; i++) doing(`watch ${i}`, () => client.watch("Lease", {}, () => {}));
    until(seconds(0.5));
    expect(seen).toHaveLength(3);
  });

  it("does not exist when qps is negative", () => {
    const { client, doing, seen, until } = played({ qps: -1, burst: 1 });
    for (let i = 1; i <= 50; i++) doing(`list ${i}`, () => client.list("Lease"));
    until(seconds(0));
    expect(seen).toHaveLength(50);
  });
});

describe("a request", () => {
  it("ends with ClientTimeout at its limit, and may have had its effect", () => {
    const { client, doing, seen, hub, until } = played({ timeout: seconds(5) });
    hub.behave = () => ({ there: seconds(4), back: seconds(4) });
    doing("create", () => client.create("Lease", lease));
    until(minutes(1));
    expect(seen).toEqual(["5s create: ClientTimeout"]);
    expect(hub.get("Lease", "ns/l")).toBeDefined();
  });

  it("is made again as often as ten times when the server says when to come back, writes too", () => {
    const { client, doing, seen, hub, until } = played();
    let refusals = 3;
    hub.behave = () => (refusals-- > 0 ? { refuse: serverError(429, 2) } : {});
    doing("create", () => client.create("Lease", lease));
    until(minutes(1));
    expect(seen).toEqual(["6s create"]);
    refusals = 100;
    doing("list", () => client.list("Lease"));
    until(minutes(2));
    expect(seen[1]).toBe("80s list: TooManyRequests");
  });

  it("that reads is made again after a second when its connection broke; one that writes is not", () => {
    const { client, doing, seen, hub, until } = played();
    let losses = 2;
    hub.behave = () => (losses-- > 0 ? { lose: "reset" } : {});
    doing("list", () => client.list("Lease"));
    until(minutes(1));
    losses = 1;
    doing("create", () => client.create("Lease", lease));
    until(minutes(2));
    expect(seen).toEqual(["2s list", "60s create: ConnectionLost"]);
    expect(hub.requests.filter(({ verb }) => verb === "create")).toHaveLength(1);
  });

  it("that was retried takes another token", () => {
    const { client, doing, seen, hub, until } = played({ qps: 0.1, burst: 1 });
    let refusals = 1;
    hub.behave = () => (refusals-- > 0 ? { refuse: serverError(503, 1) } : {});
    doing("list", () => client.list("Lease"));
    until(minutes(1));
    expect(seen).toEqual(["10s list"]);
  });

  it("binds a pod by its uid", () => {
    const { client, doing, hub, until } = played();
    doing("bind", () => client.bind("ns/p", "u1", "n1"));
    until(seconds(1));
    expect(hub.requests[0]).toMatchObject({
      verb: "create",
      kind: "Pod",
      key: "ns/p",
      subresource: "binding",
      object: { metadata: { name: "p", namespace: "ns", uid: "u1" }, spec: { nodeName: "n1" } },
    });
  });
});

describe("what the transport retries by itself", () => {
  it("is what asks for it, and reads whose connection broke", () => {
    expect(transportRetry("update", serverError(500, 3))).toBe(seconds(3));
    expect(transportRetry("get", serverError(500))).toBeUndefined();
    expect(transportRetry("get", serverError(409, 3))).toBeUndefined();
    expect(transportRetry("get", connectionEnded("ping-timeout"))).toBe(seconds(1));
    expect(transportRetry("get", connectionEnded("retransmission-timeout"))).toBeUndefined();
    expect(transportRetry("patch", connectionEnded("closed"))).toBeUndefined();
  });
});

describe("a watch", () => {
  it("brings frames until it is cancelled, and says how it ended", () => {
    const { client, doing, hub, kernel, until } = played();
    const frames: number[] = [];
    const ends: (string | undefined)[] = [];
    const watches: OpenWatch[] = [];
    for (const name of ["one", "two", "three"])
      doing(name, function* () {
        const watch = yield* client.watch("Lease", {}, (frame) => frames.push(frame.length));
        watches.push(watch);
        const why = (yield watch.ended) as { reason: string } | undefined;
        ends.push(why?.reason);
      });
    until(seconds(1));
    watches[0]!.cancel();
    until(seconds(2));
    hub.put(lease);
    expect([frames, ends]).toEqual([[1, 1], [undefined]]);
    hub.endWatches("ping-timeout");
    until(seconds(3));
    expect([ends, kernel.pending]).toEqual([[undefined, "ConnectionLost", "ConnectionLost"], 0]);
  });

  it("is given up when the process that asked for it dies before the server has answered", () => {
    const { client, doing, hub, until } = played();
    hub.behave = () => ({ hang: true });
    const task = doing("watch", () => client.watch("Lease", {}, () => {}));
    until(seconds(1));
    expect(hub.watching).toBe(1);
    task.kill();
    expect(hub.watching).toBe(0);
  });

  it("that the server refuses is thrown where it was asked for", () => {
    const { client, doing, seen, hub, until } = played();
    hub.behave = () => ({ refuse: serverError(403) });
    doing("watch", () => client.watch("Lease", {}, () => {}));
    until(seconds(1));
    expect([seen, hub.watching]).toEqual([["0s watch: InternalError"], 0]);
  });
});

describe("the time for one address", () => {
  it("is an even share of what is left, and two seconds while there is so much", () => {
    expect(partialLimit(seconds(0) as never, seconds(30), 3)).toBe(seconds(10));
    expect(partialLimit(seconds(27) as never, seconds(30), 3)).toBe(seconds(2));
    expect(partialLimit(seconds(29) as never, seconds(30), 1)).toBe(seconds(1));
  });
});
