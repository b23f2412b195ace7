import { describe, expect, it } from "vitest";
import { forbidden } from "../../../engine/api/error.ts";
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import type { ApiRequest } from "../../../engine/api/wire.ts";
import { milliseconds, seconds } from "../../../engine/base/units.ts";
import type { Controller } from "../../../engine/client/controller.ts";
import { CONTROLLER_MANAGER_LEASE, controllerManager } from "../../../engine/control/controllers/controller-manager.ts";
import type { ControllerManagerSettings } from "../../../engine/control/settings.ts";
import { CONTROLLER_MANAGER } from "../../../engine/experiment/scenario/defaults.ts";
import { sleep } from "../../../engine/kernel/process.ts";
import type { DaemonControl } from "../../../engine/world/host.ts";
import { TinyHub } from "../../client/tiny-hub.ts";
import { Stage } from "../../world/stage.ts";
import { HUB, serving } from "./hub-server.ts";

/** Says once a second that it is at work, and asks the hub for something. */
const probe = (name: string, diary: string[]): Controller<ControllerManagerSettings> => ({
  name,
  start({ daemon, client }) {
    daemon.spawn(name, work());
    function* work() {
      for (;;) {
        diary.push(daemon.host.name);
        yield* client.list("Node");
        yield* sleep(seconds(1));
      }
    }
  },
});

interface Played {
  readonly stage: Stage;
  readonly hub: TinyHub;
  /** Who was at work, since it was last looked at. */
  atWork(): string[];
  readonly managers: readonly DaemonControl[];
  lease(): Lease["spec"];
}

function managers(settings: Partial<ControllerManagerSettings> = {}, names = ["probe"]): Played {
  const stage = new Stage();
  const hub = new TinyHub();
  const diary: string[] = [];
  const host = stage.host("hub");
  host.install("kube-apiserver", serving(hub));
  host.boot();
  const controllers = ["probe", "other"].map((name) => probe(name, diary));
  const options = { settings: { ...CONTROLLER_MANAGER, controllers: names, ...settings }, servers: [HUB], controllers };
  return {
    stage,
    hub,
    atWork: () => [...new Set(diary.splice(0))],
    managers: ["one", "two"].map((name) => {
      const daemon = stage.run(name, controllerManager(options));
      stage.until(stage.kernel.now / 1_000_000 + 1);
      return daemon;
    }),
    lease: () => hub.get<Lease>("Lease", CONTROLLER_MANAGER_LEASE)!.spec,
  };
}

const lists = (requests: readonly ApiRequest[]): string[] => [
  ...new Set(requests.filter(({ verb }) => verb === "list").map(({ user }) => user.name)),
];

describe("the controller manager", () => {
  it("runs its controllers while it leads, and only then", () => {
    const { stage, atWork, lease } = managers();
    stage.until(60);
    expect(atWork()).toEqual(["one"]);
    expect(lease().holderIdentity).toMatch(/^one_[0-9a-f-]{36}$/);
  });

  it("runs those that the settings name, each as a user of its own", () => {
    const { stage, hub } = managers({}, ["other"]);
    stage.until(10);
    expect(lists(hub.requests)).toEqual(["system:serviceaccount:kube-system:other-controller"]);
    expect(hub.requests.find(({ kind }) => kind === "Lease")?.user.name).toBe("system:kube-controller-manager");
  });

  it("is followed by another within a lease and a retry when it is gone", () => {
    const { stage, atWork, managers: all } = managers();
    stage.until(30);
    all[0]!.kill();
    atWork();
    stage.until(42.9); // the last renewal was at most two seconds ago
    expect(atWork()).toEqual([]);
    stage.until(50);
    expect(atWork()).toEqual(["two"]);
  });

  it("gives the lease back when it is stopped gracefully and told to, so that the next need not wait", () => {
    const { leaderElection } = CONTROLLER_MANAGER;
    const { stage, atWork, managers: all } = managers({ leaderElection: { ...leaderElection, releaseOnCancel: true } });
    stage.until(30);
    all[0]!.terminate(seconds(30));
    stage.until(30.5);
    expect(all[0]!.state).toBe("stopped");
    atWork();
    stage.until(35); // the longest wait of a standby is 4.4 s
    expect(atWork()).toEqual(["two"]);
    expect(all[0]!.state).toBe("stopped");
  });

  it("ends when it has lost its lease, forgets everything and stands by under a new name", () => {
    const { stage, hub, atWork, lease } = managers();
    stage.until(30);
    const before = lease().holderIdentity;
    hub.behave = ({ verb, kind }) =>
      verb === "update" && kind === "Lease" ? { refuse: forbidden("leases", "", "no") } : {};
    stage.until(45);
    atWork();
    stage.until(60);
    expect(atWork()).toEqual([]);
    hub.behave = () => ({});
    stage.until(70);
    expect(atWork()).toHaveLength(1);
    expect(lease().holderIdentity).not.toBe(before);
  });

  it("says in which term it writes when it is fenced, and leaves its lease out of it", () => {
    const { stage, hub, lease, managers: all } = managers({ fencing: true });
    const terms = () => hub.requests.splice(0).map(({ kind, term }) => `${kind} ${term?.transitions}`);
    stage.until(10);
    expect(new Set(terms())).toEqual(new Set(["Lease undefined", "Node 0"]));
    all[0]!.kill();
    stage.until(60);
    expect(lease().leaseTransitions).toBe(1);
    expect(new Set(terms())).toContain("Node 1");
  });

  it("says nothing of terms otherwise", () => {
    const { stage, hub } = managers();
    stage.until(10);
    expect(hub.requests.filter((request) => "term" in request)).toEqual([]);
  });

  it("gives each controller a token bucket of its own", () => {
    const stage = new Stage();
    const hub = new TinyHub();
    stage.run("hub", serving(hub));
    const times: Record<string, number[]> = { busy: [], calm: [] };
    const asking = (name: string, count: number): Controller<ControllerManagerSettings> => ({
      name,
      start({ daemon, client }) {
        daemon.spawn(name, ask());
        function* ask() {
          for (let i = 0; i < count; i++) {
            yield* client.list("Node");
            times[name]!.push(daemon.now());
          }
        }
      },
    });
    const settings = { ...CONTROLLER_MANAGER, controllers: ["busy", "calm"] };
    const controllers = [asking("busy", 100), asking("calm", 20)];
    stage.run("one", controllerManager({ settings, servers: [HUB], controllers }));
    stage.until(20);
    const took = (name: string) => times[name]!.at(-1)! - times[name]![0]!;
    expect(times["busy"]).toHaveLength(100);
    expect(took("busy")).toBeGreaterThan(seconds(3)); // 30 at once, then 20 a second
    expect(took("calm")).toBeLessThan(milliseconds(100));
  });
});
