import { describe, expect, it } from "vitest";
import { seconds } from "../../engine/base/units.ts";
import { leaderStarted } from "../../engine/client/happening.ts";
import type { FaultRow } from "../../engine/experiment/record/record.ts";
import type { Run } from "../../engine/experiment/run.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";
import { storeCommitted } from "../../engine/hub/happening.ts";
import { inMemory, type Played, play, scenarioOf, web } from "../stage.ts";

const CLUSTER = `cluster:
  controlPlane: { controllerManager: { replicas: 2 } }
  nodePools: [{ name: workers, count: 2, bootOver: 2s }]
manifests: [web.yaml]`;

function played(timeline: string, watch?: (run: Run) => void): Played & { readonly rows: readonly FaultRow[] } {
  const spec = `duration: 6m\nwarmUp: 1m\n${CLUSTER}\ntimeline:\n${timeline}`;
  const all = play(scenarioOf(spec, { "web.yaml": web(3) }), 1, watch);
  const rows = all.entries.flatMap((entry) =>
    entry.type === "fault" && entry.what !== "kubectl apply" ? [entry] : [],
  );
  return { ...all, rows };
}

const times = (rows: readonly FaultRow[], change: FaultRow["change"]): number[] =>
  rows.filter((row) => row.change === change).map(({ time }) => time);

describe("a step that waits for a moment", () => {
  it("comes at the Nth write by a user, at that instant", () => {
    const writes: number[] = [];
    const { rows } = played(
      "  - { at: 2m, kubectl: scale deployment/web --replicas=9 }\n" +
        "  - { at: 100s, when: 4th creation of Pod web-* by replicaset-controller, fault: pause, target: { component: etcd }, duration: 1s }",
      ({ kernel }) =>
        kernel.trace.on(storeCommitted, ({ time, detail }) => {
          if (time > seconds(100) && detail.kind === "Pod" && detail.type === "created") writes.push(time);
        }),
    );
    expect(times(rows, "injected")).toEqual([writes[3]]);
  });

  it("counts the elections of the whole run, and comes some time after", () => {
    const elections: number[] = [];
    const { rows } = played(
      "  - { at: 2m, fault: kill, target: { leaderOf: kube-controller-manager }, duration: 1s }\n" +
        "  - { when: '5s after leader kube-controller-manager elected, 2nd time', after: 2s, kubectl: cordon workers-0 }",
      ({ kernel }) =>
        kernel.trace.on(leaderStarted, ({ time, subject }) => {
          if (subject.endsWith("manager")) elections.push(time);
        }),
    );
    expect(elections).toHaveLength(2);
    const [at] = times(rows, "commanded");
    expect(at! - elections[1]!).toBeGreaterThanOrEqual(seconds(7));
    expect(at! - elections[1]!).toBeLessThan(seconds(7.1));
  });

  it("comes when a lease changes hands, not when it is given back", () => {
    const { rows, entries } = played(
      "  - { at: 2m, fault: kill, target: { leaderOf: kube-scheduler }, graceful: true, duration: 3s }\n" +
        "  - { at: 2m, fault: kill, target: { leaderOf: kube-controller-manager }, duration: 3s }\n" +
        "  - { when: lease kube-system/kube-scheduler changes hands, kubectl: cordon workers-0 }\n" +
        "  - { when: lease kube-system/kube-controller-manager changes hands, kubectl: uncordon workers-0 }",
    );
    const acquired = entries.flatMap((entry) =>
      entry.type === "lease" && entry.change === "acquired" && entry.time > seconds(100) ? [entry] : [],
    );
    const commanded = rows.filter(({ change }) => change === "commanded");
    for (const [what, lease] of [
      ["kubectl cordon", "kube-system/kube-scheduler"],
      ["kubectl uncordon", "kube-system/kube-controller-manager"],
    ] as const) {
      const taken = acquired.find((entry) => entry.lease === lease)!.time;
      const at = commanded.find((row) => row.what.startsWith(what))!.time;
      expect(Math.abs(at - taken)).toBeLessThan(seconds(0.1));
    }
  });

  it("comes when a condition comes true, and at once when it is true already", () => {
    const { rows, record } = played(
      "  - { name: dark, at: 2m, fault: crash, target: { host: workers-0 } }\n" +
        "  - { when: node workers-0 Unknown, kubectl: cordon workers-1 }\n" +
        "  - { at: 5m, when: node/workers-1 Ready, kubectl: uncordon workers-1 }\n" +
        "  - { when: node workers-1 gone, kubectl: delete node/workers-0 }",
    );
    const [cordon, uncordon] = times(rows, "commanded");
    expect(cordon! - record.nodeRows[0]!.firstUnknownAt!).toBeLessThan(seconds(0.1));
    expect(uncordon! - seconds(300)).toBeLessThan(seconds(0.1));
    expect(rows.at(-1)).toMatchObject({
      change: "not-reached",
      what: "kubectl delete node/workers-0",
      detail: "when: node workers-1 gone",
      time: seconds(360),
    });
  });

  it("comes a while after the start or the end of another step", () => {
    const { rows } = played(
      "  - { when: 20s after the end of step dark, kubectl: cordon workers-1 }\n" +
        "  - { when: step dark, kubectl: cordon workers-0 }\n" +
        "  - { name: dark, at: 2m, fault: crash, target: { host: workers-0 }, duration: 30s }",
    );
    const told = rows.map(({ what, change, time }) => `${Math.round(time / 1e6)} ${what} ${change}`);
    expect(told).toEqual([
      "120 crash injected",
      "120 kubectl cordon workers-0 commanded",
      "150 crash healed",
      "170 kubectl cordon workers-1 commanded",
    ]);
  });

  it("waits for the end of the warm-up if it is a fault", () => {
    const { rows } = played(
      "  - { when: deployment/web exists, fault: pause, target: { component: etcd }, duration: 1s }\n" +
        "  - { when: deployment/web exists, kubectl: cordon workers-1 }",
    );
    expect(times(rows, "injected")).toEqual([seconds(60)]);
    expect(times(rows, "commanded")[0]).toBeLessThan(seconds(30));
  });

  it("is told not to be reached when its moment does not come, and neither do steps that wait for it", () => {
    const { rows, record } = played(
      "  - { name: never, when: '3rd creation of Node workers-0', fault: crash, target: { host: workers-0 } }\n" +
        "  - { when: step never, kubectl: cordon workers-1 }",
    );
    expect(rows.map(({ what, change, detail }) => [what, change, detail])).toEqual([
      ["crash", "not-reached", "when: 3rd creation of Node workers-0"],
      ["kubectl cordon workers-1", "not-reached", "when: step never"],
    ]);
    expect(record.outcome).toBe("passed");
  });

  it("leaves no mark on a run before it comes", () => {
    const until = seconds(250);
    const digestOf = (timeline: string) => {
      let sum = "";
      played(timeline, ({ kernel }) =>
        kernel.trace.onEvery(({ time }) => {
          if (time < until) sum = kernel.trace.digest.toString();
        }),
      );
      return sum;
    };
    const steady = "  - { at: 2m, kubectl: cordon workers-1 }\n";
    const waits = "  - { at: 251s, when: update of Lease, fault: crash, target: { host: workers-0 } }\n";
    expect(digestOf(steady + waits)).toBe(digestOf(steady));
  });
});

const problemsOf = (timeline: string): readonly string[] => {
  const text = `apiVersion: orrery.dev/v1alpha1
kind: Scenario
metadata: { name: s }
spec:
  duration: 5m
  ${CLUSTER.replaceAll("\n", "\n  ")}
  timeline:
${timeline}`;
  const outcome = readScenario(inMemory({ "s.yaml": text, "web.yaml": web(3) }), "s.yaml");
  if (!("problems" in outcome)) return [];
  return outcome.problems.map(({ line, column, path, message, suggestion }) => {
    const hint = suggestion === undefined ? "" : ` → ${suggestion}`;
    return `${line}:${column} ${path}: ${message}${hint}`;
  });
};

describe("a step is refused", () => {
  it.each([
    [
      "for a slip inside of its trigger, at the word",
      "  - { when: leader kube-scheduler lected, kubectl: cordon workers-0 }",
      '11:35 spec.timeline[0].when: found "lected", expected one of: elected, stopped → did you mean `elected`?',
    ],
    [
      "for a slip in quotes",
      '  - { when: "leader kube-scheduler lected", kubectl: cordon workers-0 }',
      '11:36 spec.timeline[0].when: found "lected", expected one of: elected, stopped → did you mean `elected`?',
    ],
    [
      "without time and moment",
      "  - { kubectl: cordon workers-0 }",
      "11:5 spec.timeline[0]: says neither `at` nor `when` → give the step a time: `at: 5m`",
    ],
    [
      "with `after` and no moment",
      "  - { at: 1m, after: 3s, kubectl: cordon workers-0 }",
      "11:15 spec.timeline[0].after: is for steps with `when` → add it to `at`, or give the step a `when`",
    ],
    [
      "when it waits for itself",
      "  - { name: a, when: step b, kubectl: cordon workers-0 }\n  - { name: b, when: step a, kubectl: cordon workers-1 }",
      "11:22 spec.timeline[0].when: waits for itself, so it never comes",
    ],
    [
      "when its name is taken",
      "  - { name: a, at: 1m, kubectl: cordon workers-0 }\n  - { name: a, at: 2m, kubectl: cordon workers-1 }",
      "12:13 spec.timeline[1].name: another step is called `a` → give each a name of its own",
    ],
    [
      "when its fault does not strike that process",
      "  - { at: 2m, fault: slow-answers, target: { component: kubelet }, delay: 1s }",
      "11:44 spec.timeline[0].target: the fault `slow-answers` does not strike kubelet → it strikes: kube-apiserver",
    ],
    [
      "when its values do not fit together",
      "  - { at: 2m, fault: clock-rate, target: { host: workers-0 } }",
      "11:5 spec.timeline[0]: the fault `clock-rate` needs one of `ppm` and `factor`: `ppm: 200`, or `factor: 0.5`",
    ],
    [
      "when it asks an API server to lag for one kind",
      "  - { at: 2m, fault: slow-watch, target: { component: kube-apiserver }, kind: Pod }",
      "11:5 spec.timeline[0]: the fault `slow-watch` takes no `kind` for an API server, which reads all kinds over one watch of etcd",
    ],
  ])("%s", (_, timeline, expected) => {
    expect(problemsOf(timeline)).toContain(expected);
  });
});
