import { describe, expect, it } from "vitest";
import { minutes, seconds } from "../../engine/base/units.ts";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";
import type { Scenario } from "../../engine/experiment/scenario/scenario.ts";
import type { SourceFiles } from "../../engine/experiment/scenario/source.ts";

/** Files by path, as text. */
const inMemory = (files: Readonly<Record<string, string>>): SourceFiles => ({
  read: (path) => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path])),
  list: () => Object.keys(files),
});

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1" }] }
`;

const HEAD = "apiVersion: orrery.dev/v1alpha1\nkind: Scenario\nmetadata: { name: test }\nspec:\n";

/** A scenario whose spec has these lines; line 1 of them is line 5 of the file. */
const withSpec = (lines: string): string => `${HEAD}${lines.replace(/^/gm, "  ")}\n`;

const CLUSTER = `cluster:
  zones: [a, b]
  controlPlane: { controllerManager: { replicas: 2 } }
  nodePools: [{ name: workers, count: 4 }]
manifests: [web.yaml]
`;

function read(text: string, files: Readonly<Record<string, string>> = { "web.yaml": WEB }, overrides: string[] = []) {
  return readScenario(inMemory({ ...files, "s.yaml": text }), "s.yaml", overrides);
}

function scenario(text: string, files?: Readonly<Record<string, string>>, overrides?: string[]): Scenario {
  const outcome = read(text, files, overrides);
  if ("problems" in outcome) throw new Error(formatProblems(outcome.problems));
  return outcome.scenario;
}

/** Every problem in one line each: `line:column path: message → suggestion`. */
function problems(text: string, files?: Readonly<Record<string, string>>, overrides?: string[]): string[] {
  const outcome = read(text, files, overrides);
  if (!("problems" in outcome)) return [];
  return outcome.problems.map(({ file, line, column, path, message, suggestion }) => {
    const place =
      file === "s.yaml" ? (line > 0 ? `${line}:${column} ` : "") : `${file}${line > 0 ? `:${line}:${column}` : ""} `;
    return `${place}${path === "" ? "" : `${path}: `}${message}${suggestion === undefined ? "" : ` → ${suggestion}`}`;
  });
}

describe("a file that is no scenario", () => {
  const cases: readonly (readonly [string, string, string[]])[] = [
    ["empty", "", ["is empty → a scenario is expected here: `apiVersion: orrery.dev/v1alpha1`, `kind: Scenario`, …"]],
    [
      "nothing but comments",
      "# later\n",
      ["is empty → a scenario is expected here: `apiVersion: orrery.dev/v1alpha1`, `kind: Scenario`, …"],
    ],
    [
      "two scenarios",
      `${withSpec("duration: 1m")}---\n${withSpec("duration: 1m")}`,
      ["7:1 found 2 documents in one file → a scenario file holds one scenario; put manifests into files of their own"],
    ],
    [
      "a text",
      "hello\n",
      [
        '1:1 found the text "hello", expected a scenario → a scenario is a map with apiVersion, kind, metadata and spec',
      ],
    ],
    [
      "a manifest",
      WEB,
      [
        '2:7 kind: found the text "Deployment", expected "Scenario" → this is a manifest: name it in a scenario\'s spec.manifests',
      ],
    ],
    [
      "of another version",
      "apiVersion: orrery.dev/v2\nkind: Scenario\n",
      [
        '1:13 apiVersion: found the text "orrery.dev/v2", which Orrery does not know → write `apiVersion: orrery.dev/v1alpha1`',
      ],
    ],
    [
      "indented with tabs",
      "apiVersion: orrery.dev/v1alpha1\nspec:\n\tduration: 1m\n",
      ["3:1 is not YAML: tabs are not allowed as indentation → indent with spaces"],
    ],
    [
      "with a field twice",
      `${HEAD}  duration: 1m\n  duration: 2m\n`,
      ["6:3 this field is written twice in one map → keep one of the two"],
    ],
  ];
  it.each(cases)("is refused when it is %s", (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it("is refused when it is binary", () => {
    const files = { read: () => new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]) };
    const outcome = readScenario(files, "orrery.bin");
    expect("problems" in outcome && formatProblems(outcome.problems)).toBe(
      "orrery.bin  is not text: found binary data (7 bytes)\n    → a YAML file in UTF-8 is expected here\n",
    );
  });

  it("is refused when it is not there, with the name that is", () => {
    const outcome = readScenario(inMemory({ "zone-outage.yaml": "" }), "zone-outrage.yaml");
    expect("problems" in outcome && formatProblems(outcome.problems)).toBe(
      "zone-outrage.yaml  there is no such file\n    → did you mean `zone-outage.yaml`?\n",
    );
  });
});

describe("a scenario with one mistake is refused with its place and what would do", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "a misspelt field",
      "durration: 1m\nduration: 1m",
      "5:3 spec.durration: unknown field → known: seed, warmUp, settle, start, shuffle, budgets, cluster, manifests, programs, rooms, timeline, expect",
    ],
    [
      "a misspelt field with its right one missing",
      "durration: 1m",
      "5:3 spec.durration: unknown field → did you mean `duration`?",
    ],
    [
      "a wrong unit",
      "duration: 10 minutes",
      '5:13 spec.duration: found the text "10 minutes", expected a duration → write `10m`',
    ],
    [
      "several wrong units",
      "duration: 1 hour, 30 mins",
      '5:13 spec.duration: found the text "1 hour, 30 mins", expected a duration → write `1h30m`',
    ],
    [
      "no unit",
      "duration: 10",
      "5:13 spec.duration: found the number 10, expected a duration → add a unit: `10s` or `10m`",
    ],
    [
      "a negative duration",
      "duration: -5m",
      '5:13 spec.duration: found the text "-5m", expected a duration that is not negative',
    ],
    [
      "a duration of nothing",
      "duration: 0s",
      "5:13 spec.duration: a run lasts longer than nothing → for example `10m`",
    ],
    [
      "an empty field",
      "duration: 1m\nsettle:",
      "6:3 spec.settle: is empty → At most this long, after the heal, for the `eventually` promises to come true",
    ],
    [
      "a warm-up longer than the run",
      "duration: 1m\nwarmUp: 2m",
      "6:11 spec.warmUp: the warm-up is not shorter than the run → make spec.duration longer",
    ],
    [
      "a day that does not exist",
      "duration: 1m\nstart: 2026-02-30T00:00:00Z",
      '6:10 spec.start: found the text "2026-02-30T00:00:00Z", expected a time → for example `2026-01-01T00:00:00Z`',
    ],
    [
      "an unknown version",
      'duration: 1m\ncluster: { version: "1.12" }',
      "6:23 spec.cluster.version: the defaults of Kubernetes 1.12 are not known here → known: 1.29, 1.30, 1.31, 1.32, 1.33, 1.34, 1.35, 1.36",
    ],
    [
      "a version that YAML takes for a number",
      "duration: 1m\ncluster: { version: 1.30 }",
      '6:23 spec.cluster.version: found the number 1.3, expected a version as text → write it in quotes: `"1.3"`',
    ],
    [
      "an unknown flag",
      "duration: 1m\ncluster: { controlPlane: { controllerManager: { flags: { node-monitor-grace: 40s } } } }",
      "6:60 spec.cluster.controlPlane.controllerManager.flags.node-monitor-grace: unknown flag of kube-controller-manager → did you mean `node-monitor-grace-period`?",
    ],
    [
      "a flag that is not modelled",
      "duration: 1m\ncluster: { controlPlane: { scheduler: { flags: { config: x } } } }",
      "6:52 spec.cluster.controlPlane.scheduler.flags.config: this flag of kube-scheduler is not modelled → remove it; the simulated component would ignore it",
    ],
    [
      "a flag with its dashes",
      "duration: 1m\ncluster: { controlPlane: { apiServers: { flags: { --request-timeout: 30s } } } }",
      "6:53 spec.cluster.controlPlane.apiServers.flags.--request-timeout: unknown flag of kube-apiserver → write it without dashes: `request-timeout`",
    ],
    [
      "flags with which nothing would start",
      "duration: 1m\ncluster: { controlPlane: { scheduler: { flags: { leader-elect-lease-duration: 5s } } } }",
      "6:50 spec.cluster.controlPlane.scheduler.flags: the component would not start: leader-elect-lease-duration must be greater than leader-elect-renew-deadline",
    ],
    [
      "a feature gate that is not modelled",
      "duration: 1m\ncluster: { controlPlane: { controllerManager: { flags: { feature-gates: Foo=true } } } }",
      "6:75 spec.cluster.controlPlane.controllerManager.flags.feature-gates: the feature gate Foo is not modelled → known: ControllerManagerReleaseLeaderElectionLockOnExit, StaleControllerConsistencyReplicaSet, WatchListClient",
    ],
    [
      "a pool in a zone that is not there",
      "duration: 1m\ncluster: { zones: [east], nodePools: [{ name: w, count: 1, zones: [eats] }] }",
      "6:70 spec.cluster.nodePools[0].zones[0]: the cluster has no zone `eats` → did you mean `east`?",
    ],
    [
      "a number in quotes",
      'duration: 1m\ncluster: { nodePools: [{ name: w, count: "3" }] }',
      '6:44 spec.cluster.nodePools[0].count: found the text "3", expected a whole number → write `3` without quotes',
    ],
    [
      "an amount of memory that is none",
      "duration: 1m\ncluster: { nodePools: [{ name: w, count: 3, capacity: { memory: 32GB } }] }",
      '6:67 spec.cluster.nodePools[0].capacity.memory: found the text "32GB", expected a quantity → write `32Gi`',
    ],
    [
      "two pools of one name",
      "duration: 1m\ncluster: { nodePools: [{ name: w, count: 3 }, { name: w, count: 3 }] }",
      "6:57 spec.cluster.nodePools[1].name: the name `w` is taken by nodePools[0] → give each pool a name of its own",
    ],
    [
      "a missing manifest",
      "duration: 1m\nmanifests: [wbe.yaml]",
      "6:15 spec.manifests[0]: there is no file wbe.yaml → did you mean `web.yaml`?",
    ],
    [
      "a manifest named twice",
      "duration: 1m\nmanifests: [web.yaml, web.yaml]",
      "6:25 spec.manifests[1]: web.yaml is named twice → remove one of the two",
    ],
    [
      "a program that does not exist",
      `duration: 5m\n${CLUSTER}programs: [{ selector: { app: web }, program: servise }]`,
      '11:49 spec.programs[0].program: unknown program "servise" → did you mean `service`?',
    ],
    [
      "a program for no pod",
      `duration: 5m\n${CLUSTER}programs: [{ selector: { app: wep }, program: service }]`,
      "11:26 spec.programs[0].selector: selects no pod of any manifest → labels of pods there: app: web",
    ],
    [
      "a program for no image",
      `duration: 5m\n${CLUSTER}programs: [{ selector: { app: web }, image: "web:3", program: bad-image }]`,
      '11:47 spec.programs[0].image: the selected pods never have the image "web:3" → did you mean `web:1`?',
    ],
    [
      "a program's unknown parameter",
      `duration: 5m\n${CLUSTER}programs: [{ selector: { app: web }, program: service, starttup: 1s }]`,
      "11:58 spec.programs[0].starttup: unknown field of the program `service` → did you mean `startup`?",
    ],
    [
      "a label that YAML takes for a number",
      `duration: 5m\n${CLUSTER}programs: [{ selector: { app: 1 }, program: service }]`,
      '11:33 spec.programs[0].selector.app: found the number 1, expected text → write it in quotes: `"1"`',
    ],
    [
      "a step after the end",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 5m, fault: crash, target: { zone: a } }]`,
      "11:20 spec.timeline[0].at: 5m0s is not before the end of the run (spec.duration: 5m0s) → make the run longer, or the step earlier",
    ],
    [
      "a step that may come after the end",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 4m55s, spread: 10s, fault: crash, target: { zone: a } }]`,
      "11:35 spec.timeline[0].spread: the step may come at 5m5s, which is not before the end of the run (spec.duration: 5m0s) → make the run longer, or the spread smaller",
    ],
    [
      "a fault in the warm-up",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 59s, fault: crash, target: { zone: a } }]`,
      "11:20 spec.timeline[0].at: no fault may strike before the warm-up is over (spec.warmUp: 1m0s) → make the step later, or the warm-up shorter",
    ],
    [
      "an unknown fault",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: crush, target: { zone: a } }]`,
      '11:31 spec.timeline[0].fault: unknown fault "crush" → did you mean `crash`?',
    ],
    [
      "a fault without its target",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: crash }]`,
      "11:14 spec.timeline[0]: the fault `crash` needs `target` → for example `target: { zone: a }`",
    ],
    [
      "a fault with the wrong sort of target",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: partition, between: [{ zone: a }, { zone: b }], target: { zone: a } }]`,
      "11:79 spec.timeline[0].target: the fault `partition` takes no `target` → write `between: [{ zone: a }, { role: control-plane }]`",
    ],
    [
      "a fault between one set",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: partition, between: [{ zone: a }] }]`,
      "11:51 spec.timeline[0].between: needs two sets: `between: [{…}, {…}]`",
    ],
    [
      "a fault on processes that names none",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: pause, target: { zone: a }, duration: 5s }]`,
      "11:46 spec.timeline[0].target: the fault `pause` strikes processes, and this names none → add `component: kubelet`, or `leaderOf: kube-scheduler`",
    ],
    [
      "a fault without its duration",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: pause, target: { component: kubelet } }]`,
      "11:14 spec.timeline[0]: the fault `pause` needs `duration` → for example `duration: 30s`",
    ],
    [
      "a fault with a duration that it does not take",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: restart, target: { zone: a }, duration: 5s }]`,
      "11:61 spec.timeline[0].duration: the fault `restart` takes no duration → remove it",
    ],
    [
      "a share above one",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: loss, between: [{ zone: a }, { zone: b }], share: 5 }]`,
      "11:81 spec.timeline[0].share: found the number 5, expected a share from 0 to 1, or from 0% to 100% → write `5%`",
    ],
    [
      "a fault without what it needs",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: loss, between: [{ zone: a }, { zone: b }] }]`,
      "11:14 spec.timeline[0]: the fault `loss` needs `share` → share: of the packets, both ways",
    ],
    [
      "a zone that is not there",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: crash, target: { zone: z } }]`,
      '11:54 spec.timeline[0].target.zone: there is no zone "z" → known: control-plane, a, b',
    ],
    [
      "a pool that is not there",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: crash, target: { pool: worker } }]`,
      '11:54 spec.timeline[0].target.pool: there is no node pool "worker" → did you mean `workers`?',
    ],
    [
      "a host that is not there",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: crash, target: { host: workers-4 } }]`,
      '11:54 spec.timeline[0].target.host: there is no host "workers-4" → did you mean `workers-0`?',
    ],
    [
      "a leader of nothing",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: kill, target: { leaderOf: kubelet } }]`,
      '11:57 spec.timeline[0].target.leaderOf: there is no component that elects a leader: "kubelet" → known: kube-controller-manager, kube-scheduler, etcd',
    ],
    [
      "conditions that no machine fulfils",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: crash, target: { zone: a, role: control-plane } }]`,
      "11:46 spec.timeline[0].target: no machine is all of this: control-plane in zone a",
    ],
    [
      "more machines than there are",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, fault: crash, target: { zone: a, pick: 3 } }]`,
      "11:63 spec.timeline[0].target.pick: only 2 machines match: zone a → write `pick: 2` or less",
    ],
    [
      "a condition for a step",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, when: later, fault: crash, target: { zone: a } }]`,
      '11:30 spec.timeline[0].when: found "later", expected a moment → known: leader, lease, step, write, creation, update, deletion, node, pod, replicaset, deployment, namespace, event, service, endpointslice, thermostat, certificatesigningrequest, serviceaccount, secret, configmap, role, clusterrole, rolebinding, clusterrolebinding, resourcequota, limitrange, mutatingwebhookconfiguration, validatingwebhookconfiguration',
    ],
    [
      "a step that does nothing",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, kubctl: scale }]`,
      "11:14 spec.timeline[0]: says neither `fault` nor `kubectl` nor `apply` → did you mean `kubectl`?",
    ],
    [
      "a step that does two things",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, kubectl: cordon workers-0, apply: web.yaml }]`,
      "11:14 spec.timeline[0]: says `kubectl` and `apply` at once → write one step for each",
    ],
    [
      "a command that does not exist",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, kubectl: scal deployment/web }]`,
      "11:33 spec.timeline[0].kubectl: unknown command `scal` → did you mean `scale`?",
    ],
    [
      "a command on what is not there",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, kubectl: scale deployment/wbe --replicas=3 }]`,
      '11:33 spec.timeline[0].kubectl: there is no deployment "wbe" at that time → did you mean `web`?',
    ],
    [
      "a command on a node that is not there",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, kubectl: drain worker-1 }]`,
      '11:33 spec.timeline[0].kubectl: there is no node "worker-1" at that time → did you mean `workers-1`?',
    ],
    [
      "a command whose labels select nothing",
      `duration: 5m\n${CLUSTER}timeline: [{ at: 2m, kubectl: delete pods -l app=wep }]`,
      "11:33 spec.timeline[0].kubectl: `-l app=wep` selects none of the pods",
    ],
    [
      "an unknown promise",
      `duration: 5m\n${CLUSTER}expect: { always: [at-most-one-leeder] }`,
      '11:22 spec.expect.always[0]: unknown promise "at-most-one-leeder" → did you mean `at-most-one-leader`?',
    ],
    [
      "a promise of another mode",
      `duration: 5m\n${CLUSTER}expect: { always: [converged] }`,
      "11:22 spec.expect.always[0]: `converged` is a promise of `eventually`, not of `always` → move it to spec.expect.eventually",
    ],
    [
      "a promise about what is not there",
      `duration: 5m\n${CLUSTER}expect: { eventually: [{ converged: deployment/wep, within: 2m }] }`,
      '11:39 spec.expect.eventually[0].converged: there is no deployment "wep" in the manifests → did you mean `web`?',
    ],
    [
      "a promise that waits longer than the run settles",
      `duration: 5m\nsettle: 1m\n${CLUSTER}expect: { eventually: [{ converged: all, within: 2m }] }`,
      "12:52 spec.expect.eventually[0].within: is longer than the run settles (spec.settle: 1m0s) → make spec.settle longer",
    ],
    [
      "an unknown metric",
      `duration: 5m\nexpect: { measure: [{ metric: node_detection_second, p99: "< 60s" }] }`,
      '6:33 spec.expect.measure[0].metric: unknown metric "node_detection_second" → did you mean `node_detection_seconds`?',
    ],
    [
      "an unknown statistic",
      `duration: 5m\nexpect: { measure: [{ metric: node_detection_seconds, p98: "< 60s" }] }`,
      "6:57 spec.expect.measure[0].p98: unknown statistic → did you mean `p90`?",
    ],
    [
      "a zone that is not there",
      `duration: 5m\nexpect: { measure: [{ metric: pods_evicted, zone: z, count: "== 0" }] }`,
      "6:53 spec.expect.measure[0].zone: the cluster has no zone `z` → known: a",
    ],
    [
      "a zone of what has none",
      `duration: 5m\nexpect: { measure: [{ metric: leader_gap_seconds, zone: a, max: "< 20s" }] }`,
      "6:53 spec.expect.measure[0].zone: leader_gap_seconds is not told by zone → by zone: node_detection_seconds, node_failure_detection_seconds, node_recovery_seconds, node_noexecute_delay_seconds, node_noexecute_interval_seconds, pods_evicted, nodes_marked_unknown",
    ],
    [
      "a bound without a comparison",
      `duration: 5m\nexpect: { measure: [{ metric: node_detection_seconds, p99: 60s }] }`,
      '6:62 spec.expect.measure[0].p99: found the text "60s", expected a comparison (< <= > >= ==) and a bound → for example `"<= 60s"`',
    ],
    [
      "a bound of the wrong unit",
      `duration: 5m\nexpect: { measure: [{ metric: node_detection_seconds, p99: "< 1 min" }] }`,
      '6:62 spec.expect.measure[0].p99: found the text "1 min", expected a duration → write `1m`',
    ],
    [
      "a room without its thermostat",
      "duration: 5m\nrooms: [{ thermostat: attic }]",
      '6:25 spec.rooms[0].thermostat: there is no thermostat "attic" in the manifests',
    ],
  ];
  it.each(cases)("%s", (_, spec, expected) => {
    expect(problems(withSpec(spec))).toContain(expected);
  });

  it.each(cases.filter(([what]) => !what.startsWith("a misspelt field with")))(
    "and %s is the only problem told",
    (_, spec) => {
      expect(problems(withSpec(spec)).filter((line) => !/spec.duration: is missing/.test(line))).toHaveLength(1);
    },
  );
});

describe("problems", () => {
  it("are all told at once, in the order of the file", () => {
    const spec =
      "duration: 10 minutes\ncluster: { zone: [a] }\nmanifests: [web.yaml]\ntimeline: [{ at: 1m, fault: crush }]";
    expect(problems(withSpec(spec), { "web.yaml": WEB.replace("template:", "tempalte:") })).toEqual([
      '5:13 spec.duration: found the text "10 minutes", expected a duration → write `10m`',
      "6:14 spec.cluster.zone: unknown field → did you mean `zones`?",
      '8:31 spec.timeline[0].fault: unknown fault "crush" → did you mean `crash`?',
      "web.yaml:5:3 spec.template: is missing",
      "web.yaml:6:3 spec.tempalte: unknown field → did you mean `template`?",
    ]);
  });

  it("are printed as a compiler would, within 80 columns", () => {
    const outcome = read(withSpec("duration: 10 minutes\ncluster: { controlPlane: { etcd: { members: 4 } } }"));
    expect(
      "problems" in outcome && formatProblems(outcome.problems),
    ).toBe(`s.yaml:5:13  spec.duration: found the text "10 minutes", expected a duration
    → write \`10m\`
s.yaml:6:47
    spec.cluster.controlPlane.etcd.members: found 4, expected 1, 3 or 5 members
    → an even number bears no more losses than one less
`);
  });
});

describe("a good scenario", () => {
  it("needs no more than a duration, and gets every default", () => {
    const {
      duration,
      warmUp,
      settle,
      seed,
      start,
      shuffle,
      cluster,
      timeline,
      expect: expected,
    } = scenario(withSpec("duration: 5m"));
    expect([duration, warmUp, settle]).toEqual([minutes(5), minutes(1), minutes(10)]);
    expect([seed, start, shuffle]).toEqual([1, 1_767_225_600_000, false]);
    expect(cluster.version).toBe("1.36");
    expect(cluster.controlPlane.controllerManager.settings.nodeMonitorGracePeriod).toBe(seconds(50));
    expect(timeline).toEqual([]);
    expect(expected).toEqual({ always: [], eventually: [], sometimes: [], measure: [] });
  });

  it("has its steps in the order of time, with faults until the heal when they have no duration", () => {
    const spec = `duration: 5m\n${CLUSTER}timeline:
  - { at: 3m, kubectl: kubectl scale deployment/web --replicas=3 }
  - { at: 2m, fault: loss, between: [{ zone: a }, { pool: workers, fraction: 50% }], share: 5% }
  - { at: 2m, apply: web.yaml }`;
    const { timeline } = scenario(withSpec(spec));
    expect(timeline.map(({ path }) => path)).toEqual(["spec.timeline[1]", "spec.timeline[2]", "spec.timeline[0]"]);
    expect(timeline[0]).toMatchObject({
      type: "fault",
      fault: "loss",
      target: { zone: "a" },
      other: { pool: "workers", fraction: 0.5 },
      duration: Number.MAX_SAFE_INTEGER,
      with: { share: 0.05 },
    });
    expect(timeline[1]).toMatchObject({ command: "apply -f web.yaml", manifests: [{ kind: "Deployment" }] });
    expect(timeline[2]).toMatchObject({ at: minutes(3), command: "scale deployment/web --replicas=3" });
  });

  it.each([
    ["apiServers: { replicas: three }", "the text"],
    ["apiServer: { replicas: 3 }", "unknown field"],
    ["apiServers: { replica: 3 }", "unknown field"],
    ["etcd: { members: many }", "the text"],
    ["- apiServers: { replicas: 3 }", "a list"],
  ])("says nothing of machines that it cannot know: controlPlane with %s", (written, message) => {
    const spec = `duration: 5m\ncluster:\n  controlPlane:\n    ${written}\n  nodePools: [{ name: workers, count: 4 }]
timeline:
  - { at: 2m, fault: crash, target: { host: control-plane-2 }, duration: 10s }
  - { at: 2m, fault: kill, target: { host: control-plane-1, component: kube-apiserver }, duration: 10s }`;
    const told = problems(withSpec(spec));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(message);
  });

  it("says how long runtimes take, within an hour", () => {
    const withRuntime = (runtime: string) =>
      withSpec(`duration: 5m\ncluster: { nodePools: [{ name: n, count: 1, runtime: ${runtime} }] }`);
    const written = "{ imagePull: { median: 1m, sigma: 0 }, sandboxTeardown: 1s }";
    expect(scenario(withRuntime(written)).cluster.nodePools[0]!.runtime).toMatchObject({
      imagePull: { median: seconds(60), sigma: 0 },
      sandboxTeardown: seconds(1),
      sandboxSetup: { median: 400_000, sigma: 0.3 },
    });
    expect(problems(withRuntime("{ imagePull: { median: 2h } }"))[0]).toMatch(
      /imagePull.median: found 2h.*, expected at most 1h/,
    );
    expect(problems(withRuntime("{ imagePull: 4 }"))[0]).toContain("expected a map");
    expect(problems(withRuntime("{ imagePull: { median: 4 } }"))[0]).toContain("add a unit: `4s` or `4m`");
    expect(problems(withRuntime("{ sandboxSetup: { sigma: 9 } }"))[0]).toContain("from 0 to 5");
  });

  it("may speak of what a step of the timeline brings in", () => {
    const spec = `duration: 5m\nmanifests: []\ntimeline: [{ at: 10s, apply: web.yaml }, { at: 20s, kubectl: rollout restart deploy web }]
programs: [{ selector: { app: web }, program: service }]\nexpect: { eventually: [{ converged: deployment/web }] }`;
    expect(problems(withSpec(spec))).toEqual([]);
  });

  it("has its bounds in the metric's own unit, and settles as long as its promises wait", () => {
    const spec = `duration: 5m\n${CLUSTER}expect:
  eventually: [{ converged: all, within: 15m }]
  measure: [{ metric: node_detection_seconds, p99: "< 1m30s", count: ">= 2" }, { metric: pods_evicted, zone: a, count: "== 0" }]`;
    const { expect: expected, settle } = scenario(withSpec(spec));
    expect(expected.measure).toEqual([
      { metric: "node_detection_seconds", statistic: "p99", comparison: "<", bound: 90, text: "< 1m30s" },
      { metric: "node_detection_seconds", statistic: "count", comparison: ">=", bound: 2, text: ">= 2" },
      { metric: "pods_evicted", zone: "a", statistic: "count", comparison: "==", bound: 0, text: "== 0" },
    ]);
    expect(settle).toBe(minutes(15));
  });

  it("is plain data that survives JSON", () => {
    const it = scenario(withSpec(`duration: 5m\n${CLUSTER}`));
    expect(JSON.parse(JSON.stringify(it))).toEqual(it);
  });
});

describe("overrides", () => {
  const text = withSpec(`duration: 5m\n${CLUSTER}`);

  it("change values and add ones that are not there", () => {
    const overrides = ["spec.cluster.nodePools[0].count=7", "spec.seed=42", 'spec.cluster.version="1.31"'];
    const { cluster, seed } = scenario(text, undefined, overrides);
    expect([cluster.nodePools[0]!.count, seed, cluster.version]).toEqual([7, 42, "1.31"]);
  });

  const cases: readonly (readonly [string, string])[] = [
    ["spec.duration", "--set spec.duration is not of the form path=value → for example `--set spec.duration=20m`"],
    [
      "spec..duration=1m",
      "--set spec..duration=1m `spec..duration` is not a path → for example `spec.cluster.nodePools[0].count`",
    ],
    [
      "spec.cluster.nodePools[3].count=7",
      "--set spec.cluster.nodePools[3].count=7 `spec.cluster.nodePools` has 1 item, counted from 0",
    ],
    [
      "spec.cluster.nodePools.count=7",
      "--set spec.cluster.nodePools.count=7 `spec.cluster.nodePools` is a list → say which item: `spec.cluster.nodePools[0]`",
    ],
    [
      "spec.duration.minutes=7",
      "--set spec.duration.minutes=7 `spec.duration` is a single value; nothing can be set inside it",
    ],
    [
      "spec.duration=7 minutes",
      '--set spec.duration=7 minutes spec.duration: found the text "7 minutes", expected a duration → write `7m`',
    ],
    [
      "spec.cluster.nodePools[0].cuont=7",
      "--set spec.cluster.nodePools[0].cuont=7 spec.cluster.nodePools[0].cuont: unknown field → known: zones, capacity, labels, taints, kubelet, runtime, bootOver",
    ],
  ];
  it.each(cases)("%s is refused as the override that it is", (override, expected) => {
    expect(problems(text, undefined, [override])).toEqual([expected]);
  });
});
