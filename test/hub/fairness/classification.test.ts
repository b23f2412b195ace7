import { describe, expect, it } from "vitest";
import type { KindName } from "../../../engine/api/kinds/registry.ts";
import type { Verb } from "../../../engine/api/wire.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS } from "../../../engine/hub/fairness/default-configuration.ts";
import { Fairness } from "../../../engine/hub/fairness/fairness.ts";
import { listSeats, NO_NOTIFICATION, notification } from "../../../engine/hub/fairness/work-estimate.ts";

const AUTHENTICATED = "system:authenticated";
const MANAGER = { name: "system:kube-controller-manager", groups: [AUTHENTICATED] };
const SCHEDULER = { name: "system:kube-scheduler", groups: [AUTHENTICATED] };
const NODE = { name: "system:node:n1", groups: ["system:nodes", AUTHENTICATED] };
const account = (namespace: string) => ({
  name: `system:serviceaccount:${namespace}:x`,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, AUTHENTICATED],
});

describe("the default flow schemas", () => {
  const fairness = new Fairness(DEFAULT_LEVELS, DEFAULT_SCHEMAS, 600, 0);

  it.each<[string, { name: string; groups: string[] }, Verb, KindName, string, string]>([
    ["an administrator", { name: "admin", groups: ["system:masters"] }, "list", "Pod", "exempt", "exempt"],
    ["a manager's lease", MANAGER, "update", "Lease", "system-leader-election", "leader-election"],
    ["a scheduler's lease", SCHEDULER, "get", "Lease", "system-leader-election", "leader-election"],
    ["a manager's list of leases", MANAGER, "list", "Lease", "kube-controller-manager", "workload-high"],
    ["a controller's lease", account("kube-system"), "create", "Lease", "system-leader-election", "leader-election"],
    ["a node's heartbeat", NODE, "update", "Lease", "system-node-high", "node-high"],
    ["a node's status", NODE, "patch", "Node", "system-node-high", "node-high"],
    ["a node's pods", NODE, "list", "Pod", "system-nodes", "system"],
    ["a manager's pods", MANAGER, "list", "Pod", "kube-controller-manager", "workload-high"],
    ["a binding", SCHEDULER, "create", "Pod", "kube-scheduler", "workload-high"],
    ["a controller", account("kube-system"), "create", "Pod", "kube-system-service-accounts", "workload-high"],
    ["a workload", account("shop"), "list", "Pod", "service-accounts", "workload-low"],
    ["a person", { name: "eve", groups: [AUTHENTICATED] }, "list", "Pod", "global-default", "global-default"],
    ["a user of no group", { name: "x", groups: [] }, "get", "Pod", "catch-all", "catch-all"],
  ])("send %s where it belongs", (_, user, verb, kind, schema, level) => {
    const route = fairness.route(user, verb, kind)!;
    expect(route.schema.name).toBe(schema);
    expect(route.level?.config.name ?? "exempt").toBe(level);
    expect(fairness.route({ ...user }, verb, kind)).toBe(route);
  });

  it("keep nodes apart by user, and controllers by namespace", () => {
    const other = { ...NODE, name: "system:node:n2" };
    const pods = fairness.route(NODE, "list", "Pod")!;
    expect(fairness.hand(pods, NODE, "")).not.toEqual(fairness.hand(pods, other, ""));
    expect(fairness.hand(pods, NODE, "a")).toEqual(fairness.hand(pods, NODE, "b"));
    const manager = fairness.route(MANAGER, "create", "Pod")!;
    expect(fairness.hand(manager, MANAGER, "a")).not.toEqual(fairness.hand(manager, MANAGER, "b"));
  });
});

describe("the seats of a list", () => {
  const list = { count: 5_000, averageBytes: 200, fromCache: false, oneName: false, selective: false };

  it("follow the bytes it loads", () => {
    expect(listSeats(list, 37)).toBe(10);
    expect(listSeats({ ...list, averageBytes: 201 }, 37)).toBe(11);
    expect(listSeats({ ...list, averageBytes: 20_000 }, 37)).toBe(37);
    expect(listSeats({ ...list, averageBytes: 20_000 }, 1_000)).toBe(100);
  });

  it("are ten at most from the cache, one for one name, one when nothing is known", () => {
    expect(listSeats({ ...list, averageBytes: 20_000, fromCache: true }, 37)).toBe(10);
    expect(listSeats({ ...list, averageBytes: 20_000, oneName: true }, 37)).toBe(1);
    expect(listSeats({ ...list, averageBytes: undefined }, 37)).toBe(1);
    expect(listSeats({ ...list, count: 0, averageBytes: 0 }, 37)).toBe(1);
  });

  it("are many when there are objects of no known size", () => {
    expect(listSeats({ ...list, averageBytes: 0 }, 37)).toBe(37);
  });
});

describe("the seats of a write", () => {
  it("go on for its watchers, a seat for ten, 5 ms", () => {
    expect(notification(9, 15)).toBe(NO_NOTIFICATION);
    expect(notification(10, 15)).toEqual({ seats: 1, time: 5_000 });
    expect(notification(95, 15)).toEqual({ seats: 10, time: 5_000 });
  });

  it("last longer where they are cut, with the same work", () => {
    expect(notification(5_000, 15)).toEqual({ seats: 10, time: 250_000 });
    expect(notification(100, 4)).toEqual({ seats: 4, time: 12_500 });
  });
});
