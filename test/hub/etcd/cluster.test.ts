import { beforeEach, describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../../engine/base/units.ts";
import { etcdStateMachineAgreement } from "../../../engine/experiment/invariants/etcd-state-machine-agreement.ts";
import {
  raftApplied,
  raftLeaderElected,
  raftLeaderLost,
  raftSnapshotInstalled,
} from "../../../engine/hub/etcd/happening.ts";
import type { ApiServerSettings, EtcdSettings } from "../../../engine/hub/settings.ts";
import { CallError } from "../../../engine/world/rpc.ts";
import { pod } from "../objects.ts";
import { brief, Hub } from "../stage.ts";

const UNLIMITED = {
  enablePriorityAndFairness: false,
  maxRequestsInFlight: 10_000,
  maxMutatingRequestsInFlight: 10_000,
};

class Cluster extends Hub {
  /** Who was elected, in order. */
  readonly elected: string[] = [];
  readonly lost: string[] = [];

  constructor(
    options: {
      members?: number;
      servers?: number;
      etcdSettings?: Partial<EtcdSettings>;
      settings?: Partial<ApiServerSettings>;
      seed?: number;
    } = {},
  ) {
    super({ members: 3, ...options });
    this.kernel.trace.on(raftLeaderElected, ({ subject }) => this.elected.push(subject));
    this.kernel.trace.on(raftLeaderLost, ({ subject, detail: { why } }) => this.lost.push(`${subject}: ${why}`));
  }

  get leader(): number {
    return this.members.findIndex(({ gauges }) => gauges.get("etcd_server_is_leader")?.() === 1);
  }

  get followers(): number[] {
    return this.members.map((_, i) => i).filter((i) => i !== this.leader);
  }

  names(server = 0, fresh = true): string[] {
    const response = this.ask({ verb: "list", kind: "Pod", list: fresh ? {} : { resourceVersion: 0 } }, server);
    if (response instanceof CallError || !response.list) return ["?"];
    return response.list.items.map(({ metadata }) => metadata.name);
  }

  said(answer: ReturnType<Hub["ask"]>): string {
    return answer instanceof CallError ? answer.failure : `${answer.code} ${answer.error?.message ?? ""}`.trim();
  }
}

const make = (name: string) => ({ verb: "create", kind: "Pod", object: pod(name) }) as const;

describe("three etcd members", () => {
  let cluster: Cluster;
  beforeEach(() => {
    cluster = new Cluster({ servers: 3 });
  });

  it("elect a leader, take writes through any of them, and stand at one revision", () => {
    for (const [server, name] of ["a", "b", "c"].entries())
      expect(cluster.said(cluster.ask(make(name), server))).toBe("201");
    expect(cluster.names(1)).toEqual(["a", "b", "c"]);
    cluster.pass(seconds(1));
    const [first, ...others] = cluster.stores.map(({ revision }) => revision);
    expect(others).toEqual([first, first]);
    // What is agreed on exists once.
    const objects = cluster.stores.map((store) => store.get("Pod", "default/b"));
    expect(objects[1]).toBe(objects[0]);
    expect(objects[2]).toBe(objects[0]);
  });

  it("tell each write once, whoever applies it first", () => {
    cluster.ask(make("a"), 2);
    cluster.pass(seconds(1));
    expect(cluster.commits.filter((each) => each === "created Pod/default/a")).toHaveLength(1);
  });

  it("go on without their leader, and take it back as a follower that catches up", () => {
    const { leader } = cluster;
    cluster.members[leader]!.kill();
    cluster.pass(seconds(4));
    expect(cluster.leader).not.toBe(leader);
    for (let i = 0; i < 20; i++) cluster.ask(make(`pod-${i}`), (leader + 1) % 3);
    cluster.members[leader]!.start();
    cluster.pass(seconds(3));
    expect(cluster.stores[leader]!.revision).toBe(cluster.stores[cluster.leader]!.revision);
    expect(cluster.names(leader)).toHaveLength(20);
  });

  it("hand over at a graceful stop, in less time than an election takes", () => {
    const { leader } = cluster;
    cluster.members[leader]!.terminate(seconds(30));
    cluster.pass(milliseconds(300));
    expect(cluster.elected).toHaveLength(1);
    expect(cluster.members[leader]!.state).toBe("stopped");
  });

  it("lose a leader whose disk stalls for longer than the others wait", () => {
    const { leader } = cluster;
    const heal = cluster.members[leader]!.host.disk.stall(seconds(5));
    for (let i = 0; i < 5; i++) cluster.send(make(`pod-${i}`), i % 3);
    cluster.pass(seconds(8));
    expect(cluster.leader).not.toBe(leader);
    heal();
  });

  it("leave a leader that is cut off from the others, who elect another; nothing of what it took alone is kept", () => {
    const { leader } = cluster;
    const heals = cluster.followers.map((i) =>
      cluster.cut(cluster.members[leader]!.host.name, cluster.members[i]!.host.name),
    );
    cluster.pass(seconds(5));
    expect(cluster.lost.join()).toContain("it has not heard from a majority");
    expect(cluster.elected).toHaveLength(1);
    for (const heal of heals) heal();
    cluster.pass(seconds(10));
    expect(cluster.elected).toHaveLength(1);
  });
});

describe("without a majority", () => {
  let cluster: Cluster;
  beforeEach(() => {
    cluster = new Cluster({ servers: 3 });
    cluster.done(make("before"));
    cluster.pass(seconds(1));
  });

  it("writes and consistent reads fail after etcd's time, in its words; caches and watches go on", () => {
    const watch = cluster.watch("Pod", {}, 0);
    for (const i of [1, 2]) cluster.members[i]!.kill();
    cluster.pass(seconds(3));
    const start = cluster.kernel.now;
    expect(cluster.said(cluster.ask(make("during")))).toBe("500 etcdserver: request timed out");
    expect((cluster.kernel.now - start) / 1e6).toBeCloseTo(7, 1);
    expect(cluster.said(cluster.ask({ verb: "get", kind: "Pod", key: "default/before" }))).toBe(
      "500 etcdserver: request timed out",
    );
    expect(cluster.names(0, false)).toEqual(["before"]);
    expect(watch.stream.ended.set).toBe(false);
    for (const i of [1, 2]) cluster.members[i]!.start();
    cluster.pass(seconds(10));
    cluster.done(make("after"));
    cluster.pass(seconds(2));
    // What was given up is not written later.
    expect(cluster.names(0)).toEqual(["after", "before"]);
    expect(watch.events.map(brief)).toContain("ADDED after");
    expect(watch.stream.ended.set).toBe(false);
  });

  it("a member answers serializable reads, and refuses to watch", () => {
    for (const i of [1, 2]) cluster.members[i]!.kill();
    cluster.pass(seconds(4));
    const read = cluster.etcdctl<"get">({ method: "get", kind: "Pod", key: "default/before", serializable: true });
    expect(read).toMatchObject({ object: { metadata: { name: "before" } } });
    expect(cluster.etcdctl<"watch">({ method: "watch", from: 1 })).toMatchObject({
      cause: "no-leader",
      message: "etcdserver: no leader",
    });
  });

  it("a write that waits is taken by the next leader, or told why it was not", () => {
    for (const i of [1, 2]) cluster.members[i]!.kill();
    cluster.pass(seconds(3));
    const waiting = cluster.send(make("patient"));
    cluster.pass(seconds(2));
    for (const i of [1, 2]) cluster.members[i]!.start();
    cluster.pass(seconds(6));
    expect(waiting.response).toMatchObject({ code: 201 });
  });
});

describe("a watch at a member that has lost its leader", () => {
  it("goes on at another member", () => {
    const cluster = new Cluster({ servers: 3 });
    const [victim] = cluster.followers as [number];
    const others = cluster.members.map((_, i) => i).filter((i) => i !== victim);
    const watch = cluster.watch("Pod", {}, victim);
    const names = others.map((i) => cluster.members[i]!.host.name);
    for (const name of names) cluster.cut(cluster.members[victim]!.host.name, name);
    cluster.pass(seconds(8));
    cluster.ask(make("fresh"), others[0]);
    cluster.pass(seconds(2));
    expect(watch.events.map(brief)).toEqual(["ADDED fresh"]);
  });
});

describe("a member that was away for longer than the log goes back", () => {
  it("is sent the whole store", () => {
    const cluster = new Cluster({ etcdSettings: { snapshotCount: 10 }, settings: UNLIMITED });
    const installed: number[] = [];
    cluster.kernel.trace.on(raftSnapshotInstalled, ({ detail: { index } }) => installed.push(index));
    const [away] = cluster.followers as [number];
    cluster.members[away]!.kill();
    cluster.pass(seconds(1));
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 100; i++) cluster.send(make(`pod-${round}-${i}`));
      cluster.pass(milliseconds(50));
    }
    cluster.pass(seconds(30));
    cluster.members[away]!.start();
    cluster.pass(seconds(5));
    expect(installed).toHaveLength(1);
    expect(cluster.stores[away]!.revision).toBe(cluster.stores[cluster.leader]!.revision);
    expect(cluster.stores[away]!.count("Pod")).toBe(6_000);
    cluster.done(make("later"));
    cluster.pass(seconds(1));
    expect(cluster.stores[away]!.get("Pod", "default/later")).toBeDefined();
  });
});

describe("a member whose disk is lost", () => {
  const bereaved = () => {
    const cluster = new Cluster();
    for (let i = 0; i < 10; i++) cluster.done(make(`pod-${i}`));
    const [victim, other] = cluster.followers as [number, number];
    const { host } = cluster.members[victim]!;
    host.crash();
    host.disk.wipe();
    return { cluster, victim, other, host };
  };

  it("is filled from the others, and then counts as before", () => {
    const { cluster, victim, other, host } = bereaved();
    host.boot();
    cluster.pass(seconds(3));
    expect(cluster.stores[victim]!.count("Pod")).toBe(10);
    expect(cluster.stores[victim]!.revision).toBe(cluster.stores[cluster.leader]!.revision);
    // A question or two goes to the connection that the crash has left half-open.
    for (let i = 0; i < 3; i++) cluster.ask(make(`try-${i}`));
    cluster.members[other]!.kill();
    cluster.pass(seconds(3));
    cluster.done(make("with-its-vote"));
    expect(cluster.stores[victim]!.revision).toBe(cluster.stores[cluster.leader]!.revision);
  });

  it("elects nobody before: what was committed with its word is not forgotten", () => {
    const { cluster, victim, other, host } = bereaved();
    // The other follower lags: all that is left of the last write is the leader.
    cluster.members[other]!.kill();
    cluster.members[cluster.leader]!.kill();
    host.boot();
    cluster.members[other]!.start();
    cluster.pass(seconds(20));
    expect(cluster.leader).toBe(-1);
    expect(cluster.stores[victim]!.count("Pod")).toBe(0);
  });
});

describe("a crash", () => {
  const revisionsAfterCrash = (consistentIndex: EtcdSettings["consistentIndex"]) => {
    const cluster = new Cluster({ etcdSettings: { consistentIndex } });
    const check = etcdStateMachineAgreement.begin(undefined as never);
    const findings: unknown[] = [];
    cluster.kernel.trace.on(raftApplied, (event) => {
      const found = check(event);
      if (found) findings.push(found);
    });
    cluster.done(make("a"));
    cluster.pass(seconds(1));
    const [victim] = cluster.followers as [number];
    cluster.members[victim]!.kill();
    cluster.pass(seconds(1));
    cluster.members[victim]!.start();
    cluster.pass(seconds(3));
    cluster.done(make("b"));
    cluster.pass(seconds(1));
    return { behind: cluster.stores[cluster.leader]!.revision - cluster.stores[victim]!.revision, findings };
  };

  it("loses nothing that a member has applied", () => {
    expect(revisionsAfterCrash("atomic")).toEqual({ behind: 0, findings: [] });
  });

  it("with the index on disk before the change, leaves a member that lacks a change for ever (etcd issue 13766)", () => {
    const { behind, findings } = revisionsAfterCrash("early");
    expect(behind).toBe(1);
    expect(findings[0]).toMatch(/having applied entry \d+, .* stands at revision \d+ and .* at \d+/);
  });
});

describe("the database's quota", () => {
  for (const members of [1, 3])
    it(`makes it read-only when it is used up, until it is compacted, defragmented and disarmed (${members})`, () => {
      const cluster = new Cluster({ members, etcdSettings: { quotaBackendBytes: 20_000 } });
      const answers = Array.from({ length: 40 }, (_, i) => cluster.said(cluster.ask(make(`pod-${i}`))));
      expect(answers[0]).toBe("201");
      expect(answers.at(-1)).toBe("500 etcdserver: mvcc: database space exceeded");
      // What needs no room still passes.
      for (let i = 0; i < 10; i++) {
        const key = `default/pod-${i}`;
        const expected = cluster.stores[0]!.get("Pod", key)!.metadata.resourceVersion;
        const transaction = { kind: "Pod", key, expected, object: undefined, by: "me", from: "here" } as const;
        expect(cluster.etcdctl<"txn">({ method: "txn", transaction })).toMatchObject({ succeeded: true });
      }
      const { revision } = cluster.etcdctl<"revision">({ method: "revision" }) as { revision: number };
      cluster.etcdctl<"compact">({ method: "compact", revision });
      expect(cluster.said(cluster.ask(make("still")))).toBe("500 etcdserver: mvcc: database space exceeded");
      for (let i = 0; i < members; i++) cluster.etcdctl<"defragment">({ method: "defragment" }, i);
      // There is room again, and the alarm still stands.
      expect(cluster.said(cluster.ask(make("early")))).toBe("500 etcdserver: mvcc: database space exceeded");
      cluster.etcdctl<"alarm">({ method: "alarm", armed: false });
      expect(cluster.said(cluster.ask(make("again")))).toBe("201");
    });
});
