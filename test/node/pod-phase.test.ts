import { describe, expect, it } from "vitest";
import type { ContainerState, ContainerStatus, PodPhase, PodSpec } from "../../engine/api/kinds/pod.ts";
import type { Instant } from "../../engine/base/units.ts";
import { podPhase } from "../../engine/node/pod-phase.ts";

const AT = 0 as Instant;
const waiting: ContainerState = { waiting: { reason: "ContainerCreating" } };
const running: ContainerState = { running: { startedAt: AT } };
const exited = (exitCode: number): ContainerState => ({ terminated: { exitCode, reason: "x", finishedAt: AT } });

const status = (state: ContainerState, lastState?: ContainerState): ContainerStatus => ({
  name: "c",
  ready: false,
  restartCount: 0,
  state,
  ...(lastState && { lastState }),
});
const crashLooping = status(waiting, exited(1));
type Policy = NonNullable<PodSpec["restartPolicy"]>;

const phase = (policy: Policy, regular: ContainerStatus[], init: ContainerStatus[] = [], stopped = false): PodPhase =>
  podPhase({ containers: [], restartPolicy: policy }, init, regular, "Pending", stopped);

describe("the phase of a pod", () => {
  it.each<[string, Policy, ContainerStatus[], PodPhase]>([
    ["waits for its first container", "Always", [status(waiting)], "Pending"],
    ["waits for the last of its containers", "Always", [status(running), status(waiting)], "Pending"],
    ["runs while one container runs", "Never", [status(running), status(exited(1))], "Running"],
    ["runs on in CrashLoopBackOff", "Always", [crashLooping], "Running"],
    ["runs on between exits when it always restarts", "Always", [status(exited(0))], "Running"],
    ["has succeeded when all ended well", "OnFailure", [status(exited(0)), status(exited(0))], "Succeeded"],
    ["runs on when a failure will be retried", "OnFailure", [status(exited(0)), status(exited(1))], "Running"],
    ["has succeeded with Never and exit code 0", "Never", [status(exited(0))], "Succeeded"],
    ["has failed with Never and one failure", "Never", [status(exited(0)), status(exited(2))], "Failed"],
  ])("%s", (_, policy, regular, expected) => {
    expect(phase(policy, regular)).toBe(expected);
  });

  it("is Pending while an init container runs", () => {
    expect(phase("Always", [status(waiting)], [status(running)])).toBe("Pending");
  });

  it("is Failed when an init container failed and nothing is restarted", () => {
    expect(phase("Never", [status(waiting)], [status(exited(1))])).toBe("Failed");
  });

  it("is Pending when an init container failed and will be retried", () => {
    expect(phase("Always", [status(waiting)], [status(waiting, exited(1))])).toBe("Pending");
  });

  it("is final once everything was stopped, whatever the policy", () => {
    expect(phase("Always", [status(exited(0))], [], true)).toBe("Succeeded");
    expect(phase("Always", [status(exited(0)), status(exited(137))], [], true)).toBe("Failed");
    expect(phase("Always", [status(waiting)], [], true)).toBe("Failed");
  });

  it("never leaves Succeeded or Failed", () => {
    const spec: PodSpec = { containers: [] };
    expect(podPhase(spec, [], [status(running)], "Failed", false)).toBe("Failed");
    expect(podPhase(spec, [], [status(exited(1))], "Succeeded", true)).toBe("Succeeded");
  });
});
