import { describe, expect, it } from "vitest";
import { conflict } from "../../engine/api/error.ts";
import { type Lease, leaseWith } from "../../engine/api/kinds/lease.ts";
import { newMeta } from "../../engine/api/object.ts";
import { minutes, seconds } from "../../engine/base/units.ts";
import { keepLease, type LeaseKeeperOptions } from "../../engine/client/lease-keeper.ts";
import { stage } from "./stage.ts";
import { serverError } from "./tiny-hub.ts";

const KEY = "kube-node-lease/n1";

function played(more: Partial<LeaseKeeperOptions> = {}, timeout = seconds(10)) {
  const set = stage();
  const owner = set.daemon("n1");
  const start = () =>
    owner.spawn(
      "lease",
      keepLease({
        daemon: owner,
        client: set.client(owner, { timeout }),
        lease: KEY,
        holder: "n1",
        durationSeconds: 40,
        renewInterval: seconds(10),
        ...more,
      }),
    );
  const verbs = () => set.hub.requests.map(({ verb }) => verb);
  const lease = () => set.hub.get<Lease>("Lease", KEY)!;
  /** When each request was made, in seconds. */
  const times: number[] = [];
  const { behave } = set.hub;
  set.hub.behave = (request) => {
    times.push(set.kernel.now / 1_000_000);
    return behave(request);
  };
  return { ...set, owner, start, verbs, lease, times };
}

describe("a lease keeper", () => {
  it("creates the lease and then renews it by one PUT each 10.0 to 10.4 s, without reading", () => {
    const { start, until, verbs, times, lease } = played();
    start();
    until(minutes(60));
    expect(verbs().slice(0, 4)).toEqual(["get", "create", "update", "update"]);
    const gaps = times.slice(2).map((time, i) => time - times[i + 1]!);
    expect(gaps.every((gap) => gap >= 10 && gap < 10.4)).toBe(true);
    expect(gaps.length).toBeGreaterThan(345);
    expect(new Set(verbs().slice(2))).toEqual(new Set(["update"]));
    expect(lease().spec).toEqual({
      holderIdentity: "n1",
      leaseDurationSeconds: 40,
      renewTime: Math.round(times.at(-1)! * 1_000_000),
    });
  });

  it("renews at once a lease that was there already", () => {
    const { hub, start, until, verbs, lease } = played();
    hub.put(leaseWith(newMeta({ name: "n1", namespace: "kube-node-lease" }), { holderIdentity: "n1" }));
    start();
    until(seconds(1));
    expect(verbs()).toEqual(["get", "update"]);
    expect(lease().spec.renewTime).toBe(0);
  });

  it("waits 0.2, 0.4, … 6.4, 7, 7 s while the lease can be neither read nor made", () => {
    const { hub, start, until, times, kernel } = played();
    hub.behave = () => {
      times.push(kernel.now / 1_000_000);
      return { refuse: serverError(500) };
    };
    start();
    until(seconds(40));
    const gaps = times.slice(1).map((time, i) => Math.round((time - times[i]!) * 10) / 10);
    expect(gaps).toEqual([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7, 7, 7]);
  });

  it("tries a renewal five times in a row, then reads; failures from the second on are reported", () => {
    let reports = 0;
    const { hub, start, until, verbs } = played({ onRepeatedFailure: () => reports++ });
    start();
    until(seconds(5));
    hub.requests.length = 0;
    let failures = 5;
    hub.behave = () => (failures-- > 0 ? { refuse: serverError(500) } : {});
    until(seconds(15));
    expect(verbs()).toEqual(["update", "update", "update", "update", "update", "get", "update"]);
    expect(reports).toBe(4);
  });

  it("meets a conflict by reading afresh, which is nothing to report", () => {
    let reports = 0;
    const { hub, start, until, verbs, lease } = played({ onRepeatedFailure: () => reports++ });
    start();
    until(seconds(5));
    hub.put(leaseWith(lease().metadata, { holderIdentity: "n1", leaseDurationSeconds: 7 }));
    hub.requests.length = 0;
    until(seconds(15));
    expect([verbs(), reports, lease().spec.leaseDurationSeconds]).toEqual([["update", "get", "update"], 0, 40]);
  });

  it("gives up after five conflicts and begins anew", () => {
    const { hub, start, until, verbs } = played();
    start();
    until(seconds(5));
    hub.requests.length = 0;
    let conflicts = 5;
    hub.behave = ({ verb }) =>
      verb === "update" && conflicts-- > 0 ? { refuse: conflict("leases", "n1", "modified") } : {};
    until(seconds(15));
    expect(verbs().filter((verb) => verb === "update")).toHaveLength(6);
    expect(verbs().filter((verb) => verb === "get")).toHaveLength(6);
  });

  it("makes a lease anew that somebody deleted, in the same round", () => {
    const { hub, start, until, verbs, lease } = played();
    start();
    until(seconds(5));
    hub.remove("Lease", KEY);
    hub.requests.length = 0;
    until(seconds(15));
    expect(verbs()).toEqual(["update", "update", "update", "update", "update", "get", "create"]);
    expect(lease().spec.renewTime).toBeGreaterThan(seconds(10));
  });

  it("spends ten seconds on each of five tries when the network swallows them", () => {
    const reports: number[] = [];
    const set = played({ onRepeatedFailure: () => reports.push(Math.floor(set.kernel.now / 1_000_000)) });
    set.start();
    set.until(seconds(5));
    set.hub.behave = () => ({ hang: true });
    set.until(seconds(62));
    expect(reports.map((time) => time - reports[0]!)).toEqual([0, 10, 20, 30]);
  });

  it("neither makes nor renews a lease that cannot be completed, until the next interval", () => {
    let willing = false;
    const { start, until, verbs, lease, times } = played({
      *complete(made) {
        if (!willing) throw serverError(500);
        return leaseWith({ ...made.metadata, labels: { completed: "yes" } }, made.spec);
      },
    });
    start();
    until(seconds(9));
    expect([verbs(), lease()]).toEqual([["get"], undefined]);
    willing = true;
    until(seconds(12));
    expect([verbs(), lease().metadata.labels]).toEqual([["get", "get", "create"], { completed: "yes" }]);
    expect(times[1]).toBeGreaterThanOrEqual(10);
  });
});
