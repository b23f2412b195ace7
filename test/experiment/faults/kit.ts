/**
 * What every fault must be able to show, on a cluster small enough to be played many times: it bites; its end undoes it, and so does its death at the
 * heal; what is written afterwards is done as ever; what came before it is untouched, to the order of events; it may come again and overlap itself.
 */
import { expect, it } from "vitest";
import { mix32 } from "../../../engine/base/hash.ts";
import type { Run } from "../../../engine/experiment/run.ts";
import { serverDisturbance } from "../../../engine/hub/apiserver/disturbance.ts";
import { streamGate } from "../../../engine/world/stream-gate.ts";
import { type Played, play, scenarioOf, web } from "../../stage.ts";

export interface Specimen {
  /** What the step says beside its time and duration, in one line of YAML. */
  readonly step: string;
  /** How it says how long it lasts; `duration: …` unless said otherwise. Gets `90s` or `1h`. */
  readonly lasts?: (long: string) => string;
  /** Listens to the run that is struck. */
  readonly watch?: (run: Run) => void;
  /** What shows that it has struck. `calm` is the same run without it. */
  readonly bites: (struck: Played, calm: Played) => void;
}

const STRIKES = 120;
const ENDS = STRIKES + 90;

/** `steps`: further steps of the timeline. Work is done during the fault, and after it. */
function scenario(steps: readonly string[], duration = "6m") {
  const timeline = [
    "at: 130s, kubectl: scale deployment/web --replicas=6",
    "at: 4m30s, kubectl: rollout restart deployment/web",
    ...steps,
  ].map((step) => `  - { ${step} }`);
  return scenarioOf(
    `
duration: ${duration}
warmUp: 100s
settle: 4m
cluster:
  controlPlane: { controllerManager: { replicas: 2 } }
  nodePools: [{ name: workers, count: 2, capacity: { cpu: "8", memory: 8Gi } }]
manifests: [web.yaml]
timeline:
${timeline.join("\n")}
expect:
  eventually: [{ converged: all, within: 4m }]
`,
    { "web.yaml": web(4) },
  );
}

/** Everything told before an instant, in order, as one number. */
function past(steps: readonly string[], until: number): number {
  let sum = 0;
  play(scenario(steps), 1, ({ kernel }) =>
    kernel.trace.onEvery(({ time, kind, host, subject }) => {
      if (time >= until) return;
      const text = `${time} ${kind} ${host} ${subject}`;
      for (let i = 0; i < text.length; i++) sum = mix32(sum ^ text.charCodeAt(i));
    }),
  );
  return sum;
}

let calmRun: Played | undefined;
const calm = (): Played => {
  calmRun ??= play(scenario([]));
  return calmRun;
};

/** Nothing of any fault is left in force anywhere. */
function expectWhole({ cluster, kernel }: Run): void {
  const { hosts, network } = cluster.world;
  for (const host of hosts) {
    expect(host.up, `${host.name} is up`).toBe(true);
    expect(host.clock.offset, `clock of ${host.name}`).toBe(0);
    expect(host.clock.rate, `rate of ${host.name}`).toBe(1);
    expect(host.disk.syncTime(1), `disk of ${host.name}`).toBeLessThan(200_000);
    for (const other of hosts) expect(network.blocked(host, other)).toBe(false);
    for (const daemon of host.daemons.values()) {
      expect(daemon.lever(streamGate).engaged, `streams of ${daemon.name}`).toBe(false);
      expect(daemon.lever(serverDisturbance).engaged, `answers of ${daemon.name}`).toBe(false);
      const outsider = daemon.name.startsWith("outsider");
      expect(daemon.state, `${host.name}/${daemon.name}`).toBe(outsider ? "stopped" : "running");
    }
  }
  expect(kernel.pending).toBeGreaterThan(0);
}

export function kit(name: string, { step, lasts = (long) => `duration: ${long}`, watch, bites }: Specimen): void {
  const strike = (at: number, long: string) => `at: ${at}s, fault: ${name}, ${step}, ${lasts(long)}`.replace(/, $/, "");

  it("bites, and its end undoes it: what is written afterwards is done as ever", () => {
    const struck = play(scenario([strike(STRIKES, "90s")]), 1, watch);
    bites(struck, calm());
    expect(struck.record.outcome, struck.record.reason).toBe("passed");
    expectWhole(struck.run);
    const rows = struck.entries.flatMap((entry) => (entry.type === "fault" && entry.what === name ? [entry] : []));
    expect(rows.map(({ change }) => change)).toEqual(["injected", "healed"]);
    expect(rows[1]!.time / 1e6).toBeLessThanOrEqual(ENDS);
  });

  it("is undone when the heal phase kills it", () => {
    const struck = play(scenario([strike(340, "1h")]));
    expect(struck.record.outcome, struck.record.reason).toBe("passed");
    expectWhole(struck.run);
  });

  it("leaves everything before it as it was, to the order of events", () => {
    const until = 350_000_000;
    expect(past([strike(350, "5s")], until)).toBe(past([], until));
  });

  it("may come twice in a row, and while it is there already", () => {
    const times = [strike(120, "30s"), strike(155, "30s"), strike(170, "30s"), strike(171, "5s")];
    const struck = play(scenario(times));
    expect(struck.record.outcome, struck.record.reason).toBe("passed");
    expectWhole(struck.run);
  });
}
