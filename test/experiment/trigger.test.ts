import { describe, expect, it } from "vitest";
import { parseTrigger, type TriggerNames, TriggerSlip } from "../../engine/experiment/scenario/trigger.ts";
import { fits } from "../../engine/experiment/triggers.ts";

const NAMES: TriggerNames = {
  components: ["kube-controller-manager", "kube-scheduler"],
  leases: ["kube-system/kube-controller-manager", "kube-system/kube-scheduler"],
  users: ["replicaset-controller", "kube-scheduler", "kubelet"],
  steps: ["outage"],
  objects: (kind) => (kind === "Deployment" ? ["web"] : kind === "Node" ? ["workers-3"] : undefined),
};

const good: readonly (readonly [text: string, moment: object, more?: object])[] = [
  [
    "leader kube-controller-manager elected, 2nd time",
    { on: "leader", component: "kube-controller-manager", change: "elected" },
    { nth: 2 },
  ],
  ["leader kube-scheduler stopped", { on: "leader", component: "kube-scheduler", change: "stopped" }],
  ["lease kube-system/kube-scheduler changes hands", { on: "lease", lease: "kube-system/kube-scheduler" }],
  [
    "5th write of Pod by replicaset-controller",
    { on: "write", change: undefined, kind: "Pod", name: undefined, by: "replicaset-controller" },
    { nth: 5 },
  ],
  [
    "2s after creation of pods default/web-* by system:kube-scheduler, 3rd time",
    { on: "write", change: "created", kind: "Pod", name: "default/web-*", by: "system:kube-scheduler" },
    { nth: 3, later: 2_000_000 },
  ],
  ["deletion of Node workers-3", { on: "write", change: "deleted", kind: "Node", name: "workers-3", by: undefined }],
  [
    "deployment/web converged",
    { on: "condition", subject: { kind: "Deployment", namespace: "default", name: "web" }, condition: "converged" },
  ],
  [
    "node workers-3 Unknown 2nd time",
    { on: "condition", subject: { kind: "Node", namespace: undefined, name: "workers-3" }, condition: "Unknown" },
    { nth: 2 },
  ],
  [
    "pod shop/web-0 gone",
    { on: "condition", subject: { kind: "Pod", namespace: "shop", name: "web-0" }, condition: "gone" },
  ],
  ["step outage", { on: "step", step: "outage", edge: "start" }],
  ["30s after the end of step outage", { on: "step", step: "outage", edge: "end" }, { later: 30_000_000 }],
];

const bad: readonly (readonly [text: string, offset: number, said: string])[] = [
  ["", 0, "ends too early, expected a moment, for example `deployment/web converged`"],
  ["leeder kube-scheduler elected", 0, 'found "leeder", expected a moment → did you mean `leader`?'],
  [
    "leader kube-schedular elected",
    7,
    'found "kube-schedular", expected a component that elects a leader → did you mean `kube-scheduler`?',
  ],
  ["leader kube-scheduler lected", 22, 'found "lected", expected one of: elected, stopped → did you mean `elected`?'],
  ["leader kube-scheduler", 21, "ends too early, expected one of: elected, stopped"],
  ["leader kube-scheduler elected, twice", 31, 'found "twice", expected which time, for example `2nd time`'],
  ["leader kube-scheduler elected, 2nd", 34, 'ends too early, expected "time"'],
  ["2nd write of Pod, 3rd time", 18, "says twice which time it is → keep one of the two"],
  ["2nd deployment/web converged", 4, 'found "deployment/web", expected one of: write, creation, update, deletion'],
  ["write of Pot", 9, 'found "Pot", expected a kind → did you mean `pod`?'],
  ["write of Pod by replicaset", 16, 'found "replicaset", expected a user → did you mean `replicaset-controller`?'],
  ["deployment/wbe converged", 0, 'there is no deployment "wbe" → did you mean `web`?'],
  ["deployment wbe converged", 11, 'there is no deployment "wbe" → did you mean `web`?'],
  ["deployment/web Ready", 15, 'found "Ready", expected one of: converged, exists, gone'],
  ["node/a/workers-3 Ready", 0, 'found "node/a/workers-3", expected KIND/NAME → for example `deployment/web`'],
  ["soon after step outage", 0, 'found the text "soon", expected a duration → for example `90s`, `10m`, `1h30m`'],
  ["step outrage", 5, 'found "outrage", expected the `name` of a step → did you mean `outage`?'],
  ["step outage, 2nd time", 0, "a step comes once → leave out which time"],
  ["step outage please", 12, 'found "please", expected the end'],
  ["lease kube-system/kube-scheduler changes owner", 41, 'found "owner", expected "hands"'],
];

describe("a trigger", () => {
  it.each(good.map(([text, moment, more]) => ({ text, moment, more })))("is read: $text", ({ text, moment, more }) => {
    expect(parseTrigger(text, NAMES)).toEqual({ nth: 1, later: 0, ...more, moment, text });
  });

  it.each(bad)("is refused at its place: %s", (text, offset, said) => {
    const slip = parseTrigger(text, NAMES);
    if (!(slip instanceof TriggerSlip)) throw new Error("it was read");
    const { message, suggestion } = slip;
    expect([slip.offset, suggestion === undefined ? message : `${message} → ${suggestion}`]).toEqual([offset, said]);
  });
});

describe("a form with stars", () => {
  it.each([
    ["web-*", "web-1", true],
    ["web-*", "wob-1", false],
    ["*", "", true],
    ["a*b*c", "a-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["ab*bc", "abc", false],
    ["*b*", "abc", true],
    ["web", "web-1", false],
  ])("%s and %s: %s", (form, text, does) => {
    expect(fits(form, text)).toBe(does);
  });
});
