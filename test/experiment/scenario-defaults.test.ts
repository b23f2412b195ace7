import { describe, expect, it } from "vitest";
import { minutes, seconds } from "../../engine/base/units.ts";
import { API_SERVER, CONTROLLER_MANAGER, KUBELET, SCHEDULER } from "../../engine/experiment/scenario/defaults.ts";
import {
  API_SERVER_FLAGS,
  controllerManagerFlags,
  fairnessFault,
  KUBELET_CONFIG,
  KUBELET_FLAGS,
  leaderElectionFault,
  setFlags,
} from "../../engine/experiment/scenario/flags.ts";
import type { Source } from "../../engine/experiment/scenario/source.ts";
import { Problems } from "../../engine/experiment/scenario/source.ts";
import {
  apiServerDefaults,
  controllerManagerDefaults,
  kubeletDefaults,
  schedulerDefaults,
  VERSIONS,
} from "../../engine/experiment/scenario/version.ts";

const nowhere = { place: () => ({ file: "s.yaml", line: 1, column: 1 }) } as unknown as Source;

describe("defaults by version", () => {
  it.each([
    ["1.29", seconds(40), false, false],
    ["1.31", seconds(40), false, false],
    ["1.32", seconds(50), false, false],
    ["1.34", seconds(50), true, false],
    ["1.35", seconds(50), true, false],
    ["1.36", seconds(50), true, true],
  ])(
    "%s: grace period, taints on the current condition, stale controller consistency",
    (version, grace, current, stale) => {
      const defaults = controllerManagerDefaults(version);
      expect(defaults.nodeMonitorGracePeriod).toBe(grace);
      expect(defaults.taintOnCurrentCondition).toBe(current);
      expect(defaults.staleControllerConsistency).toBe(stale);
    },
  );

  it("of the newest version are the defaults as they stand", () => {
    const newest = VERSIONS.at(-1)!;
    expect(controllerManagerDefaults(newest)).toEqual(CONTROLLER_MANAGER);
    expect([schedulerDefaults(newest), kubeletDefaults(newest), apiServerDefaults(newest)]).toEqual([
      SCHEDULER,
      KUBELET,
      API_SERVER,
    ]);
  });

  it("read the first list from any cache up to 1.34, and the most recent list from etcd up to 1.30", () => {
    const first = (version: string) =>
      [controllerManagerDefaults, schedulerDefaults, kubeletDefaults].map((of) => of(version).firstRead);
    expect(first("1.34")).toEqual(["watch-cache", "watch-cache", "watch-cache"]);
    expect(first("1.35")).toEqual(["consistent", "consistent", "consistent"]);
    const cached = (version: string) => apiServerDefaults(version).consistentListFromCache;
    expect([cached("1.30"), cached("1.31")]).toEqual([false, true]);
  });
});

describe("flags", () => {
  const manager = { ...CONTROLLER_MANAGER, controllers: ["deployment", "replicaset", "thermostat"] };
  const set = (flags: Record<string, unknown>) => {
    const problems = new Problems();
    const settings = setFlags(controllerManagerFlags(manager.controllers), manager, flags, nowhere, [], problems);
    return { settings, told: problems.all.map(({ message }) => message) };
  };

  it("set what they name, from text or numbers", () => {
    const { settings, told } = set({
      "node-monitor-grace-period": "40s",
      "node-eviction-rate": "0.5",
      "kube-api-qps": 100,
    });
    expect(told).toEqual([]);
    expect(settings).toEqual({
      ...manager,
      nodeMonitorGracePeriod: seconds(40),
      nodeEvictionRate: 0.5,
      kubeApiQps: 100,
    });
  });

  it("choose controllers as the controller manager does", () => {
    expect(set({ controllers: "*,-thermostat" }).settings.controllers).toEqual(["deployment", "replicaset"]);
    expect(set({ controllers: "replicaset" }).settings.controllers).toEqual(["replicaset"]);
    expect(set({ controllers: "deployment-controller" }).settings.controllers).toEqual(["deployment"]);
    expect(set({ controllers: "*,-thermos" }).told).toEqual(['unknown controller "thermos"']);
  });

  it("switch feature gates that stand for a setting", () => {
    const { settings } = set({
      "feature-gates":
        "ControllerManagerReleaseLeaderElectionLockOnExit=true,StaleControllerConsistencyReplicaSet=false",
    });
    expect(settings.leaderElection.releaseOnCancel).toBe(true);
    expect(settings.staleControllerConsistency).toBe(false);
  });

  it.each([
    ["node-monitor-period", "0s", 'found the text "0s", expected a duration above zero'],
    ["unhealthy-zone-threshold", 1.5, "found the number 1.5, expected a number from 0 to 1"],
    ["concurrent-deployment-syncs", 0, "found the number 0, expected a whole number of at least 1"],
    ["leader-elect", false, "a component without leader election is not modelled"],
    ["pod-eviction-timeout", "5m", "this flag of kube-controller-manager is not modelled"],
  ])("%s: %s is refused", (flag, value, message) => {
    expect(set({ [flag]: value }).told).toEqual([message]);
  });

  it("of the API server: its limits, and the switch for how they are kept", () => {
    const problems = new Problems();
    const given = {
      "max-requests-inflight": 10,
      "max-mutating-requests-inflight": 5,
      "enable-priority-and-fairness": false,
    };
    const settings = setFlags(API_SERVER_FLAGS, API_SERVER, given, nowhere, [], problems);
    expect(settings).toEqual({
      ...API_SERVER,
      maxRequestsInFlight: 10,
      maxMutatingRequestsInFlight: 5,
      enablePriorityAndFairness: false,
    });
    setFlags(API_SERVER_FLAGS, API_SERVER, { "enable-priority-and-fairness": "no" }, nowhere, [], problems);
    expect(problems.all.map(({ message }) => message)).toEqual(['found the text "no", expected `true` or `false`']);
    expect(fairnessFault(settings)).toBeUndefined();
    expect(fairnessFault({ ...API_SERVER, maxRequestsInFlight: 0, maxMutatingRequestsInFlight: 0 })).toMatch(
      /must be positive/,
    );
  });

  it("of the kubelet: the report frequency follows the update frequency unless it is given too", () => {
    const problems = new Problems();
    const flagged = setFlags(KUBELET_FLAGS, KUBELET, { "node-status-update-frequency": "4s" }, nowhere, [], problems);
    expect(flagged.nodeStatusReportFrequency).toBe(seconds(4));
    const both = setFlags(
      KUBELET_CONFIG,
      KUBELET,
      { nodeStatusReportFrequency: "2m", nodeStatusUpdateFrequency: "4s" },
      nowhere,
      [],
      problems,
    );
    expect([both.nodeStatusUpdateFrequency, both.nodeStatusReportFrequency]).toEqual([seconds(4), minutes(2)]);
    expect(problems.none).toBe(true);
  });

  it("of the API server switch what they name, and refuse what Kubernetes refuses", () => {
    const given = (flags: Record<string, unknown>) => {
      const problems = new Problems();
      const settings = setFlags(API_SERVER_FLAGS, API_SERVER, flags, nowhere, [], problems);
      return { settings, told: problems.all.map(({ message }) => message) };
    };
    const { settings, told } = given({
      "goaway-chance": 0.02,
      "shutdown-delay-duration": "20s",
      "endpoint-reconciler-type": "none",
      "feature-gates": "ConsistentListFromCache=false",
    });
    expect(told).toEqual([]);
    expect(settings).toEqual({
      ...API_SERVER,
      goawayChance: 0.02,
      shutdownDelayDuration: seconds(20),
      endpointReconcileInterval: 0,
      consistentListFromCache: false,
    });
    expect(given({ "goaway-chance": 0.5 }).told).toEqual(["found the number 0.5, expected a number from 0 to 0.02"]);
    expect(given({ "endpoint-reconciler-type": "dns" }).told).toEqual([
      'found the text "dns", expected `lease` or `none`',
    ]);
  });

  it("with which client-go would not start are known", () => {
    const good = CONTROLLER_MANAGER.leaderElection;
    expect(leaderElectionFault(good)).toBeUndefined();
    expect(leaderElectionFault({ ...good, renewDeadline: seconds(15) })).toMatch(/lease-duration must be greater/);
    expect(leaderElectionFault({ ...good, retryPeriod: seconds(9) })).toMatch(/1.2 times/);
  });
});
