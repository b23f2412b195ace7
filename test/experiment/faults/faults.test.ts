import { describe, expect, it } from "vitest";
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import { FAULTS, type FaultName } from "../../../engine/experiment/faults/registry.ts";
import { storeCommitted } from "../../../engine/hub/happening.ts";
import { addressTaken } from "../../../engine/world/happening.ts";
import { type Played, play, scenarioOf, web } from "../../stage.ts";
import { kit, type Specimen } from "./kit.ts";

const unknowns = ({ record }: Played): number => record.nodeRows.reduce((sum, { unknowns: n }) => sum + n, 0);
const longest = ({ record }: Played, metric: string): number =>
  record.metrics.find((each) => each.metric === metric)?.max ?? 0;
const answered = ({ record }: Played, code: number): number =>
  record.requestRows.reduce((sum, row) => (row.code === code ? sum + row.count : sum), 0);

const silencesNodes: Specimen["bites"] = (struck, calm) => {
  expect(unknowns(struck)).toBeGreaterThan(0);
  expect(unknowns(calm)).toBe(0);
};
const lengthens =
  (metric: string, seconds: number): Specimen["bites"] =>
  (struck, calm) =>
    expect(longest(struck, metric)).toBeGreaterThan(longest(calm, metric) + seconds);
const slowsPodsBy = (seconds: number): Specimen["bites"] => lengthens("pod_startup_seconds", seconds);
const isAnswered =
  (code: number): Specimen["bites"] =>
  (struck, calm) => {
    expect(answered(struck, code)).toBeGreaterThan(answered(calm, code));
  };

const HUB = "target: { component: kube-apiserver }";
const BETWEEN = "between: [{ pool: workers }, { role: control-plane }]";

const SPECIMENS: Readonly<Record<FaultName, Specimen>> = {
  partition: { step: BETWEEN, bites: silencesNodes },
  "flapping-link": { step: `${BETWEEN}, down: 20s, up: 5s`, bites: slowsPodsBy(2) },
  strand: { step: BETWEEN, bites: lengthens("lease_renewal_gap_seconds", 30) },
  latency: { step: `${BETWEEN}, delay: 2s`, bites: slowsPodsBy(2) },
  loss: { step: `${BETWEEN}, share: 30%`, bites: lengthens("lease_renewal_gap_seconds", 0.3) },
  crash: { step: "target: { host: workers-0 }", bites: silencesNodes },
  restart: { step: "target: { host: workers-0 }", lasts: (long) => `boot: ${long}`, bites: silencesNodes },
  kill: { step: "target: { component: kubelet, pick: 1 }", bites: silencesNodes },
  "rolling-restart": {
    step: "target: { component: kubelet }",
    lasts: (long) => `down: ${long === "90s" ? "35s" : long}, pause: 1s`,
    bites: lengthens("lease_renewal_gap_seconds", 20),
  },
  pause: { step: "target: { component: kubelet, pick: 1 }", bites: silencesNodes },
  "clock-offset": {
    step: "target: { host: workers-0 }, offset: 10s, direction: behind",
    watch: ({ kernel }) =>
      kernel.trace.on(storeCommitted, ({ time, detail: { kind, key, object } }) => {
        if (kind === "Lease" && key === "kube-node-lease/workers-0")
          if (time - ((object as Lease).spec.renewTime ?? time) > 9e6) renewedInThePast++;
      }),
    bites: () => expect(renewedInThePast).toBeGreaterThan(5),
  },
  "clock-rate": {
    step: "target: { host: workers-0 }, factor: 0.25",
    bites: (struck, calm) => {
      expect(longest(calm, "lease_renewal_gap_seconds")).toBeLessThan(12);
      expect(longest(struck, "lease_renewal_gap_seconds")).toBeGreaterThan(35);
    },
  },
  "slow-disk": {
    step: "target: { component: etcd }, delay: 1s",
    bites: (struck) => expect(longest(struck, "apiserver_request_duration_seconds")).toBeGreaterThan(1),
  },
  "full-disk": { step: "target: { component: etcd }", bites: isAnswered(500) },
  "slow-watch": { step: "target: { component: kubelet }", bites: slowsPodsBy(30) },
  "drop-watch-event": {
    step: "target: { leaderOf: kube-controller-manager }, kind: Pod, event: MODIFIED",
    bites: ({ entries }) => {
      const healed = entries.flatMap((entry) =>
        entry.type === "fault" && entry.change === "healed" ? entry.time : [],
      );
      expect(healed[0]).toBeLessThan(150e6);
    },
  },
  "slow-answers": {
    step: `${HUB}, delay: 3s, verb: patch`,
    bites: (struck) => expect(longest(struck, "apiserver_request_duration_seconds")).toBeGreaterThan(3),
  },
  "lost-answers": {
    step: `${HUB}, share: 50%`,
    bites: (struck, calm) => {
      const errors = ({ record }: Played) => record.reconcileRows.reduce((sum, row) => sum + row.errors, 0);
      expect(errors(struck)).toBeGreaterThan(errors(calm));
    },
  },
  "duplicate-requests": { step: `${HUB}, share: 50%`, bites: isAnswered(409) },
  impostor: {
    step: "target: { pool: workers }",
    watch: ({ kernel }) => kernel.trace.on(addressTaken, () => void addressesTaken++),
    bites: () => expect(addressesTaken).toBe(2),
  },
  "refuse-requests": { step: `${HUB}, verb: patch, code: 503`, bites: isAnswered(503) },
  "list-storm": {
    step: `${HUB}, clients: 200, kind: Pod`,
    bites: ({ record }, calm) => {
      const lists = (played: Played) =>
        played.record.requestRows.reduce(
          (sum, { verb, kind, count }) => sum + (verb === "list" && kind === "Pod" ? count : 0),
          0,
        );
      expect(lists({ record } as Played) - lists(calm)).toBeGreaterThanOrEqual(200);
    },
  },
  overload: { step: `${HUB}, rate: 60, capacity: 40, inFlight: 20`, bites: isAnswered(429) },
};

let addressesTaken = 0;
/** Renewals by a clock that is behind. */
let renewedInThePast = 0;

describe.each(FAULTS.map(({ name }) => name))("the fault %s", (name) => kit(name, SPECIMENS[name]));

describe("a short kill restarts", () => {
  it.each(["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "containerd"])(
    "every %s at a chosen moment, and the work goes on",
    (component) => {
      const spec = `
duration: 4m
warmUp: 90s
cluster: { nodePools: [{ name: workers, count: 2 }] }
manifests: [web.yaml]
timeline:
  - { at: 100s, kubectl: scale deployment/web --replicas=8 }
  - { when: 2nd creation of Pod by replicaset-controller, at: 95s, fault: kill, target: { component: ${component} }, duration: 1s }
expect: { eventually: [{ converged: all, within: 3m }] }`;
      const { record, run, entries } = play(scenarioOf(spec, { "web.yaml": web(2) }));
      expect(record.outcome, record.reason).toBe("passed");
      const [host] = run.cluster.world.hosts.filter(({ daemons }) => daemons.has(component));
      expect(host!.daemons.get(component)!.lives).toBe(2);
      const changes = entries.flatMap((entry) => (entry.type === "fault" && entry.what === "kill" ? entry.change : []));
      expect(changes).toEqual(["injected", "healed"]);
    },
  );
});
