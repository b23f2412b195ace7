import { describe, expect, it } from "vitest";
import { type Lease, leaseWith } from "../../engine/api/kinds/lease.ts";
import { newMeta } from "../../engine/api/object.ts";
import type { ApiRequest } from "../../engine/api/wire.ts";
import { type Duration, type Instant, milliseconds, minutes, seconds } from "../../engine/base/units.ts";
import {
  type ElectorOptions,
  electionClientTimeout,
  electorIdentity,
  nextTick,
  runElector,
  validateElection,
} from "../../engine/client/leader-election.ts";
import { changed, decide, isValid, observed } from "../../engine/client/leader-record.ts";
import type { Process } from "../../engine/kernel/process.ts";
import { stage } from "./stage.ts";
import type { Fate } from "./tiny-hub.ts";

const KEY = "kube-system/kcm";
const DEFAULTS = {
  leaseDuration: seconds(15),
  renewDeadline: seconds(10),
  retryPeriod: seconds(2),
  releaseOnCancel: false,
};

function played(seed = 1) {
  const set = stage(seed);
  const fates = new Map<string, (request: ApiRequest) => Fate>();
  set.hub.behave = (request) => fates.get(request.user.name)?.(request) ?? {};
  const candidate = (name: string, more: Partial<ElectorOptions> = {}) => {
    const owner = set.daemon(name);
    const client = set.client(owner, { timeout: electionClientTimeout(seconds(10)) });
    function* main(): Process {
      yield* runElector({ daemon: owner, client, lease: KEY, identity: name, lead: () => {}, ...DEFAULTS, ...more });
      owner.exit("leaderelection lost");
    }
    owner.spawn("main", main());
    return owner;
  };
  const lease = () => set.hub.get<Lease>("Lease", KEY)?.spec;
  const tale = () => set.told.map((line) => line.replace("leader.", ""));
  const timeOf = (what: string) => Number.parseFloat(tale().find((line) => line.endsWith(what)) ?? "NaN");
  const since = (name: string, what: (request: ApiRequest) => Fate) => fates.set(name, what);
  return { ...set, candidate, lease, tale, timeOf, since };
}

const HANG: Fate = { hang: true };
const DEAD: Fate = { lose: "refused" };

describe("an elector alone", () => {
  it("takes a lease that is not there at once, and renews it every two seconds", () => {
    const { candidate, lease, tale, hub, until } = played();
    candidate("a");
    until(seconds(7));
    expect(tale()).toEqual(["0s acquired a", "0s started a"]);
    expect(hub.requests.map(({ verb }) => verb)).toEqual(["get", "create", ...Array(4).fill("update")]);
    expect(lease()).toEqual({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      acquireTime: 0,
      renewTime: seconds(6),
      leaseTransitions: 0,
    });
  });

  it("that is cut off right after a success tries at 2, 4, 6, 8 and 10 s and is lost at 12", () => {
    const { candidate, tale, hub, kernel, since, until } = played();
    candidate("a");
    until(seconds(1));
    const tries: number[] = [];
    since("a", ({ verb }) => {
      if (verb === "update") tries.push(kernel.now / 1_000_000);
      return DEAD;
    });
    until(minutes(1));
    expect(tries).toEqual([2, 4, 6, 8, 10]);
    expect(tale().at(-1)).toBe("12s stopped a");
    expect(hub.requests.length).toBe(3 + 5 * 2);
  });

  it("spends its whole round on one attempt whose requests hang, and is lost at 12 s all the same", () => {
    const { candidate, tale, kernel, since, until } = played();
    candidate("a");
    until(seconds(1));
    const tries: string[] = [];
    since("a", ({ verb }) => {
      tries.push(`${kernel.now / 1_000_000} ${verb}`);
      return HANG;
    });
    until(minutes(1));
    expect(tries).toEqual(["2 update", "7 get"]);
    expect(tale().at(-1)).toBe("12s stopped a");
  });

  it("whose reply is lost though the renewal arrived finds itself in the lease and leads on, in one attempt", () => {
    const { candidate, lease, tale, hub, since, until } = played();
    candidate("a");
    until(seconds(1));
    let once = true;
    since("a", ({ verb }) => {
      if (verb !== "update" || !once) return {};
      once = false;
      return { lose: "reset", effect: true };
    });
    hub.requests.length = 0;
    until(seconds(3));
    expect(hub.requests.map(({ verb }) => verb)).toEqual(["update", "get", "update"]);
    expect([tale(), lease()!.leaseTransitions]).toEqual([["0s acquired a", "0s started a"], 0]);
  });

  it("writes a lease that was deleted under it anew and leads on", () => {
    const { candidate, lease, tale, hub, until } = played();
    candidate("a");
    until(seconds(1));
    hub.remove("Lease", KEY);
    hub.requests.length = 0;
    until(seconds(3));
    expect(hub.requests.map(({ verb }) => verb)).toEqual(["update", "get", "create"]);
    expect([tale(), lease()!.leaseTransitions]).toEqual([["0s acquired a", "0s started a"], 0]);
  });

  it("watches a stale lease of somebody else for a full lease duration, however old its times are", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { candidate, hub, timeOf, lease, until } = played(seed);
      const ancient = (-3600 * 1_000_000) as Instant;
      hub.put(
        leaseWith(newMeta({ name: "kcm", namespace: "kube-system" }), {
          holderIdentity: "gone",
          leaseDurationSeconds: 15,
          acquireTime: ancient,
          renewTime: ancient,
          leaseTransitions: 4,
        }),
      );
      candidate("a");
      until(minutes(1));
      expect(timeOf("acquired a")).toBeGreaterThanOrEqual(15);
      expect(timeOf("acquired a")).toBeLessThan(19.4);
      expect(lease()!.leaseTransitions).toBe(5);
    }
  });

  it("waits as long as the record says, not as long as it is configured to", () => {
    const { candidate, hub, timeOf, until } = played();
    hub.put(
      leaseWith(newMeta({ name: "kcm", namespace: "kube-system" }), {
        holderIdentity: "gone",
        leaseDurationSeconds: 3,
      }),
    );
    candidate("a");
    until(minutes(1));
    expect(timeOf("acquired a")).toBeGreaterThanOrEqual(3);
    expect(timeOf("acquired a")).toBeLessThan(7.4);
  });
});

describe("two electors", () => {
  it("change hands in [15, 23.8) s after the leader crashed", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { candidate, timeOf, until } = played(seed);
      const a = candidate("a");
      until(seconds(1));
      candidate("b");
      until(seconds(20.5));
      a.scope.kill();
      until(minutes(2));
      expect(timeOf("stopped a")).toBe(20.5);
      const after = timeOf("acquired b") - 20;
      expect(after).toBeGreaterThanOrEqual(15);
      expect(after).toBeLessThan(23.8);
    }
  });

  it("never both lead when one is cut off, since the cut-off one stops after 12 s", () => {
    const { candidate, since, timeOf, until } = played();
    candidate("a");
    until(seconds(1));
    candidate("b");
    until(seconds(20.5));
    since("a", () => HANG);
    until(minutes(2));
    expect(timeOf("stopped a")).toBe(32);
    expect(timeOf("started b")).toBeGreaterThan(35);
  });

  it("do both lead when the leader is paused: it does not look up early, but polls on until its deadline", () => {
    const { candidate, timeOf, until } = played();
    const a = candidate("a");
    until(seconds(1));
    candidate("b");
    until(seconds(20.5));
    a.scope.hold();
    until(seconds(60));
    a.scope.release();
    until(minutes(2));
    expect(timeOf("started b")).toBeLessThan(45);
    expect(timeOf("stopped a")).toBe(70);
  });

  it("take a lease given back within 4.4 s, and the one that stops says that it released it", () => {
    const { candidate, tale, timeOf, lease, until } = played();
    const a = candidate("a", { releaseOnCancel: true });
    until(seconds(1));
    candidate("b");
    until(seconds(20.5));
    a.terminate();
    until(seconds(20.5));
    expect(tale().slice(-2)).toEqual(["20.5s released a", "20.5s stopped a"]);
    expect([lease()!.holderIdentity, lease()!.leaseDurationSeconds]).toEqual(["", 1]);
    until(minutes(1));
    expect(timeOf("acquired b")).toBeLessThan(24.9);
    expect(lease()!.leaseTransitions).toBe(1);
  });

  it("release again when a renewal that was under way wins the race", () => {
    const { candidate, hub, lease, since, until } = played();
    const a = candidate("a", { releaseOnCancel: true });
    until(seconds(3));
    let raced = false;
    since("a", ({ verb, object }) => {
      if (verb === "update" && (object as Lease).spec.holderIdentity === "" && !raced) {
        raced = true;
        hub.put(leaseWith(hub.get<Lease>("Lease", KEY)!.metadata, lease()!));
      }
      return {};
    });
    a.terminate();
    until(seconds(4));
    expect([raced, lease()!.holderIdentity]).toEqual([true, ""]);
  });

  it("stop without a release on a graceful stop that is not to release", () => {
    const { candidate, tale, lease, until } = played();
    const a = candidate("a");
    until(seconds(3));
    a.terminate();
    until(seconds(4));
    expect([tale().at(-1), lease()!.holderIdentity]).toEqual(["3s stopped a", "a"]);
  });

  it("race for a free lease: one write wins, the other is refused and waits", () => {
    const { candidate, hub, tale, since, until } = played();
    hub.put(
      leaseWith(newMeta({ name: "kcm", namespace: "kube-system" }), { holderIdentity: "", leaseDurationSeconds: 1 }),
    );
    for (const name of ["a", "b"]) {
      since(name, () => ({ there: milliseconds(1), back: milliseconds(1) }));
      candidate(name);
    }
    until(seconds(10));
    expect(tale()).toEqual(["0.004s acquired a", "0.004s started a"]);
  });

  it("silently take the lease back when it is given up while the old leader still polls", () => {
    const { candidate, hub, tale, lease, until } = played();
    candidate("a");
    until(seconds(1));
    const { metadata } = hub.get<Lease>("Lease", KEY)!;
    const usurped = hub.put(
      leaseWith(metadata, { holderIdentity: "b", leaseDurationSeconds: 15, leaseTransitions: 1 }),
    );
    until(seconds(5));
    hub.put(leaseWith(usurped.metadata, { holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 1 }));
    until(seconds(30));
    expect(tale()).toEqual(["0s acquired a", "0s started a", "6s acquired a"]);
    expect([lease()!.holderIdentity, lease()!.leaseTransitions]).toEqual(["a", 2]);
  });
});

describe("the decisions of an attempt", () => {
  const at = (time: number) => (time * 1_000_000) as Instant;
  const theirs = { holderIdentity: "b", leaseDurationSeconds: 15, renewTime: at(0.2), leaseTransitions: 3 };

  it("honour a record until exactly its duration after it was seen", () => {
    expect(isValid(observed(theirs, at(10)), (at(25) - 1) as Instant)).toBe(true);
    expect(isValid(observed(theirs, at(10)), at(25))).toBe(false);
  });

  it("stand by for a valid record of another, take what is expired or empty, keep what is one's own", () => {
    expect(decide(observed(theirs, at(10)), theirs, "a", at(24))).toBe("stand by");
    expect(decide(observed(theirs, at(10)), theirs, "a", at(25))).toBe("take");
    const empty = { ...theirs, holderIdentity: "" };
    expect(decide(observed(empty, at(10)), empty, "a", at(11))).toBe("take");
    expect(decide(observed(theirs, at(10)), theirs, "b", at(60))).toBe("keep");
  });

  it("see two renewals within one second as the same record", () => {
    expect(changed(observed(theirs, at(1)), { ...theirs, renewTime: at(0.9) })).toBe(false);
    expect(changed(observed(theirs, at(1)), { ...theirs, renewTime: at(1) })).toBe(true);
  });

  it("run again at once after a tick that went by, else at the next beat", () => {
    const period = seconds(2);
    expect(nextTick(seconds(0.1), 0, period)).toEqual({ wait: seconds(1.9), tick: 1 });
    expect(nextTick(seconds(2), 1, period)).toEqual({ wait: seconds(2), tick: 2 });
    expect(nextTick(seconds(5), 0, period)).toEqual({ wait: 0, tick: 2 });
    expect(nextTick(seconds(5), 2, period)).toEqual({ wait: seconds(1), tick: 3 });
  });
});

describe("the numbers of an election", () => {
  const check = (leaseDuration: number, renewDeadline: number, retryPeriod: number, identity = "a") =>
    validateElection(
      {
        leaseDuration: leaseDuration as Duration,
        renewDeadline: renewDeadline as Duration,
        retryPeriod: retryPeriod as Duration,
      },
      identity,
    );

  it("are refused in the words and order of upstream", () => {
    expect(check(15, 10, 2)).toBeUndefined();
    expect(check(10, 10, 2)).toBe("leaseDuration must be greater than renewDeadline");
    expect(check(15, 12, 10)).toBe("renewDeadline must be greater than retryPeriod*JitterFactor");
    expect(check(0, -1, -2)).toBe("leaseDuration must be greater than zero");
    expect(check(1, 0, -2)).toBe("renewDeadline must be greater than zero");
    expect(check(2, 1, 0)).toBe("retryPeriod must be greater than zero");
    expect(check(15, 10, 2, "")).toBe("Lock identity is empty");
  });

  it("give requests half the renew deadline, and at least a second", () => {
    expect([electionClientTimeout(seconds(10)), electionClientTimeout(seconds(1))]).toEqual([seconds(5), seconds(1)]);
  });

  it("make an identity of the host and a uuid", () => {
    expect(electorIdentity(stage().daemon("m1"))).toMatch(
      /^m1_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
