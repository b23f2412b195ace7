import { describe, expect, it } from "vitest";
import { seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { durationOf, programFor } from "../../engine/node/program-rule.ts";
import { PROGRAMS } from "../../engine/node/programs/registry.ts";
import type { ProgramRule } from "../../engine/node/settings.ts";
import { aPod } from "./machine.ts";

const rule = (change: Partial<ProgramRule>): ProgramRule => ({ selector: {}, program: "service", with: {}, ...change });
const pod = aPod("web", {}, { labels: { app: "web" } });
const container = pod.spec.containers[0]!;
const nameFor = (...rules: ProgramRule[]) => programFor(pod, container, rules).program.name;

describe("the program of a container", () => {
  it("is steady without a rule", () => {
    expect(nameFor()).toBe("steady");
    expect(nameFor(rule({ selector: { matchLabels: { app: "db" } } }))).toBe("steady");
  });

  it("is that of the first rule that selects the pod", () => {
    const web = rule({ selector: { matchLabels: { app: "web" } }, program: "job" });
    expect(nameFor(web, rule({}))).toBe("job");
    expect(nameFor(rule({}), web)).toBe("service");
  });

  it("can be bound to a namespace, a container and an image", () => {
    expect(nameFor(rule({ namespace: "other" }))).toBe("steady");
    expect(nameFor(rule({ container: "sidecar" }))).toBe("steady");
    expect(nameFor(rule({ image: "app:2" }))).toBe("steady");
    expect(nameFor(rule({ namespace: "default", container: "app", image: "app:1" }))).toBe("service");
  });

  it("takes what the scenario says, draws spreads, and falls back on its defaults", () => {
    const stream = new Kernel({ seed: 1 }).random.keyed("t");
    const told = programFor(pod, container, [rule({ program: "steady", with: { startup: seconds(5) } })]);
    expect(durationOf(told, "startup", stream)).toBe(seconds(5));
    expect(durationOf(told, "ready", stream)).toBe(0);
    const spread = programFor(pod, container, [rule({ with: { startup: { median: seconds(5), sigma: 0.5 } } })]);
    const draws = Array.from({ length: 200 }, () => durationOf(spread, "startup", stream)).sort((a, b) => a - b);
    expect(draws[0]).not.toBe(draws[199]);
    expect(draws[100]).toBeGreaterThan(seconds(4));
    expect(draws[100]).toBeLessThan(seconds(6.2));
  });
});

describe("the programs", () => {
  it("have names and parameters that differ, each parameter with a default that a scenario may leave out", () => {
    expect(new Set(PROGRAMS.map(({ name }) => name)).size).toBe(PROGRAMS.length);
    for (const { parameters } of PROGRAMS) {
      expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
      for (const parameter of parameters) expect(parameter.default).toBeDefined();
    }
  });
});
