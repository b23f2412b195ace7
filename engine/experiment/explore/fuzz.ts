/**
 * Whole small scenarios out of thin air: topology, workload, commands and a schedule of faults, as the file that a person would write. Pure:
 * from fast-check's arbitraries to text, so that what fails shrinks and can be played again by `orrery run`.
 *
 * `within`: nothing leaves the bounds in which leaders keep apart (`slack`), and everything is healed at the end, so all promises must be
 * kept. Two kinds of them: elections with the usual numbers, in which no answer is late by more than a second; and patient ones, which
 * outlast any trouble that is drawn. `beyond`: a leader sleeps, or counts too slowly, for so long that there must be two.
 *
 * Left out: faults that break what Kubernetes is built on and that no time heals (watch events that are lost in silence).
 */
import fc from "fast-check";

/** A scenario file and the manifests beside it, by name. The scenario is `scenario.yaml`. */
export type Draft = Readonly<Record<string, string>>;

export interface Election {
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
}

export const USUAL: Election = { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 };
export const PATIENT: Election = { leaseDuration: 45, renewDeadline: 10, retryPeriod: 2 };

/** What stands in the way of an election, in seconds but for the rate: how far clocks run apart from true time, as a share of it. */
export interface Trouble {
  readonly rate: number;
  /** All that one leader sleeps between a renewal and the end of its term. */
  readonly pauses: number;
  /** How late the answer to its last renewal may be: at most what its client waits. */
  readonly answer: number;
  /** What giving the lease back may take, if that is done. */
  readonly release: number;
}

/** The most of it that is drawn around usual elections (without those that give the lease back), and around patient ones. */
export const MILD: Trouble = { rate: 0.03, pauses: 1, answer: 1, release: 0 };
export const WILD: Trouble = { rate: 0.03, pauses: 6, answer: 5, release: 10 };

/**
 * Seconds to spare before two leaders can overlap: leaseDuration on the fastest clock, less renewDeadline + retryPeriod on the slowest, less what
 * else keeps the leader from noticing.
 */
export const slack = ({ leaseDuration, renewDeadline, retryPeriod }: Election, trouble: Trouble): number =>
  leaseDuration / (1 + trouble.rate) -
  (renewDeadline + retryPeriod) / (1 - trouble.rate) -
  trouble.pauses -
  trouble.answer -
  trouble.release;

interface Topology {
  readonly zones: number;
  readonly nodes: number;
  readonly apiServers: number;
  readonly managers: number;
  readonly schedulers: number;
}

const topology: fc.Arbitrary<Topology> = fc.record({
  zones: fc.integer({ min: 1, max: 3 }),
  nodes: fc.integer({ min: 3, max: 9 }),
  apiServers: fc.integer({ min: 1, max: 3 }),
  managers: fc.integer({ min: 2, max: 3 }),
  schedulers: fc.integer({ min: 1, max: 2 }),
});

const manifest = (name: string): fc.Arbitrary<string> =>
  fc
    .record({
      replicas: fc.integer({ min: 1, max: 10 }),
      strategy: fc.constantFrom(
        "type: Recreate",
        "rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }",
        "rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }",
        "rollingUpdate: { maxSurge: 25%, maxUnavailable: 25% }",
        "rollingUpdate: { maxSurge: 100%, maxUnavailable: 50% }",
      ),
      minReadySeconds: fc.constantFrom(0, 0, 5),
      cpu: fc.constantFrom("50m", "200m"),
      grace: fc.constantFrom(1, 30),
    })
    .map(
      ({ replicas, strategy, minReadySeconds, cpu, grace }) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  minReadySeconds: ${minReadySeconds}
  strategy: { ${strategy} }
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: ${grace}
      containers:
        - { name: main, image: "registry.example/${name}:1", resources: { requests: { cpu: ${cpu}, memory: 64Mi } } }
`,
    );

/** Seconds of virtual time: when steps may begin, how long faults may last, and when all is healed. */
const [FIRST, LAST, LONGEST, HEALED] = [70, 240, 60, 300] as const;

const moment = fc.integer({ min: FIRST, max: LAST });
const lasting = fc.integer({ min: 3, max: LONGEST });
/** The fields of a step behind its time. */
const step = (parts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(moment, parts).map(([at, fields]) => `{ at: ${at}s, ${fields} }`);
const fault = (name: string, fields: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  step(fc.tuple(fields, lasting).map(([more, duration]) => `fault: ${name}, ${more}, duration: ${duration}s`));

const command = (name: string): fc.Arbitrary<string> =>
  step(
    fc
      .oneof(
        fc.integer({ min: 0, max: 12 }).map((replicas) => `scale deployment/${name} --replicas=${replicas}`),
        fc
          .integer({ min: 2, max: 4 })
          .map((tag) => `set image deployment/${name} main=registry.example/${name}:${tag}`),
        fc.constant(`rollout restart deployment/${name}`),
      )
      .map((words) => `kubectl: "${words}"`),
  );

const COMPONENTS = ["kube-controller-manager", "kube-scheduler"] as const;
const leader = fc.constantFrom(...COMPONENTS).map((component) => `target: { leaderOf: ${component} }`);
const node = ({ nodes }: Topology) => fc.integer({ min: 0, max: nodes - 1 }).map((i) => `n-${i}`);
const servers = "target: { component: kube-apiserver }";
/** How the steps begin that part a leader from its API server, and those that lose what is said within the control plane. */
const CUT_OFF = "between: [{ leaderOf:";
const LOSSY = "between: [{ role: control-plane }, { role: control-plane }]";
const share = fc.integer({ min: 5, max: 60 }).map((percent) => `share: ${percent}%`);

/** Trouble that touches no leader and no answer to one, but by ending it. */
const mild = (drawn: Topology): fc.Arbitrary<string>[] => [
  fault(
    "crash",
    node(drawn).map((name) => `target: { host: ${name} }`),
  ),
  fault("kill", leader),
  fault(
    "kill",
    node(drawn).map((name) => `target: { host: ${name}, component: kubelet }`),
  ),
  fault(
    "pause",
    node(drawn).map((name) => `target: { host: ${name}, component: kubelet }`),
  ),
  fault(
    "partition",
    node(drawn).map((name) => `between: [{ host: ${name} }, { role: control-plane }]`),
  ),
  fault(
    "partition",
    fc
      .integer({ min: 0, max: drawn.zones - 1 })
      .map((i) => `between: [{ zone: ${ZONES[i]} }, { role: control-plane }]`),
  ),
  fault(
    "flapping-link",
    fc
      .tuple(node(drawn), lasting)
      .map(([name, up]) => `between: [{ host: ${name} }, { role: control-plane }], up: ${up}s`),
  ),
  fault(
    "loss",
    fc
      .tuple(node(drawn), share)
      .map(([name, lost]) => `between: [{ host: ${name} }, { role: control-plane }], ${lost}`),
  ),
  fault(
    "clock-rate",
    fc.integer({ min: -30_000, max: 30_000 }).map((ppm) => `target: { role: control-plane }, ppm: ${ppm}`),
  ),
  fault(
    "slow-watch",
    fc
      .tuple(fc.constantFrom("Pod", "Node", "Deployment"), fc.integer({ min: 1, max: 900 }))
      .map(([kind, ms]) => `target: { component: kube-scheduler }, kind: ${kind}, delay: ${ms}ms`),
  ),
];

/** Trouble with answers, pauses and the control plane's own network, which only patient elections outlast. */
const wild = (drawn: Topology): fc.Arbitrary<string>[] => [
  ...mild(drawn),
  fault(
    "slow-answers",
    fc.integer({ min: 10, max: 4_000 }).map((ms) => `${servers}, delay: ${ms}ms`),
  ),
  fault(
    "lost-answers",
    share.map((lost) => `${servers}, ${lost}`),
  ),
  fault(
    "duplicate-requests",
    share.map((twice) => `${servers}, ${twice}`),
  ),
  fault(
    "slow-disk",
    fc.integer({ min: 1, max: 500 }).map((ms) => `target: { component: etcd }, delay: ${ms}ms`),
  ),
  fault("full-disk", fc.constant("target: { component: etcd }")),
  fault("pause", fc.constant("target: { component: etcd }")),
  fault("kill", fc.constant("target: { component: etcd }")),
  fault("pause", fc.constant(servers)),
  fault("kill", fc.constant("target: { host: control-plane-0, component: kube-apiserver }")),
  fault(
    "crash",
    fc.integer({ min: 0, max: 1 }).map((i) => `target: { host: control-plane-${i} }`),
  ),
  fault(
    "partition",
    fc
      .tuple(fc.constantFrom(...COMPONENTS), fc.constantFrom("", ", direction: forward", ", direction: backward"))
      .map(([component, way]) => `${CUT_OFF} ${component} }, { component: kube-apiserver }]${way}`),
  ),
  fault(
    "loss",
    share.map((lost) => `${LOSSY}, ${lost}`),
  ),
];

const ZONES = ["a", "b", "c"] as const;

export interface Fuzzed {
  readonly draft: Draft;
  readonly seed: number;
}

/** A scenario that must keep every promise named in `always`, and come to rest. */
export const within = (always: readonly string[]): fc.Arbitrary<Fuzzed> =>
  fc
    .tuple(topology, fc.boolean())
    .chain(([drawn, patient]) =>
      fc.record({
        topology: fc.constant(patient ? drawn : { ...drawn, schedulers: 1 }),
        election: fc.constant(patient ? PATIENT : USUAL),
        manifests: fc.tuple(manifest("web"), manifest("api")),
        faults: fc.array(fc.oneof(...(patient ? wild(drawn) : mild(drawn))), { minLength: 1, maxLength: 5 }),
        naps: fc.array(nap(patient), { maxLength: patient ? 2 : 1 }),
        commands: fc.array(fc.oneof(command("web"), command("api")), { maxLength: 4 }),
        seed: fc.nat(1_000_000),
      }),
    )
    .map(({ seed, faults, naps, commands, ...rest }) => ({
      seed,
      draft: written({ ...rest, steps: [...faults, ...naps, ...commands] }, always),
    }));

/** A leader's pause that the slack pays for. */
const nap = (patient: boolean): fc.Arbitrary<string> =>
  fc
    .tuple(moment, leader, fc.integer({ min: 100, max: patient ? 3_000 : 1_000 }))
    .map(([at, target, ms]) => `{ at: ${at}s, fault: pause, ${target}, duration: ${ms}ms }`);

/** A scenario in which two must act as leader of the controller manager. */
export const beyond: fc.Arbitrary<Fuzzed> = fc
  .record({
    topology: topology.map((drawn) => ({ ...drawn, apiServers: 1, managers: 3 })),
    manifests: fc.tuple(manifest("web"), manifest("api")),
    steps: fc.oneof(
      fc
        .tuple(moment, fc.integer({ min: 25, max: 55 }))
        .map(([at, long]) => [
          `{ at: ${at}s, fault: pause, target: { leaderOf: kube-controller-manager }, duration: ${long}s }`,
        ]),
      fc
        .tuple(fc.integer({ min: 130, max: 200 }), fc.integer({ min: 20, max: 45 }))
        .map(([at, percent]) => [
          "{ at: 70s, fault: kill, target: { host: control-plane-0, component: kube-controller-manager } }",
          `{ at: ${at - 20}s, fault: clock-rate, target: { leaderOf: kube-controller-manager }, factor: ${percent / 100} }`,
          `{ at: ${at}s, fault: partition, between: [{ leaderOf: kube-controller-manager }, { component: kube-apiserver }], duration: 60s }`,
        ]),
    ),
    seed: fc.nat(1_000_000),
  })
  .map(({ seed, ...rest }) => ({ seed, draft: written({ ...rest, election: USUAL }, ["at-most-one-leader"]) }));

interface Story {
  readonly topology: Topology;
  readonly election: Election;
  readonly manifests: readonly [web: string, api: string];
  readonly steps: readonly string[];
}

/**
 * Promises that Kubernetes does not keep through these steps. A pod that is created by a request executed twice is one too many. Who scales down in
 * the middle of a rollout has the next sync count pods that are about to go (the status of a set lags behind its spec) as available, and give up as
 * many others (`rolling.go`, which trusts both). What a leader sent just before it was cut off arrives by a retransmission, up to as long after
 * the heal as the cut had lasted, though its sender has exited (`tcp_orphan_retries`): nothing fences it. And clocks that are set right after they have
 * gained more than a retry period let a leader's next renewal be earlier than its last.
 */
function fallen(steps: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  const has = (words: string) => steps.some((each) => each.includes(words));
  if (has("duplicate-requests")) names.add("replica-set-within-bounds");
  for (const name of ["web", "api"])
    if (has(`scale deployment/${name}`) && (has(`restart deployment/${name}`) || has(`image deployment/${name}`)))
      names.add("deployment-within-bounds");
  if (has(LOSSY) || steps.some((each) => each.includes(CUT_OFF) && lastingOf(each) > SOON_DELIVERED))
    names.add("no-write-after-takeover");
  if (gainedIn(steps) > USUAL.retryPeriod * 0.9) names.add("lease-renewals-never-back");
  return names;
}

/** Seconds of a cut after which what was sent before still arrives ahead of any successor's first write, of patient elections. */
const SOON_DELIVERED = 15;

/** Whole seconds; 0 of what lasts less, or is not undone. */
const lastingOf = (step: string): number => Number(/duration: (\d+)s/.exec(step)?.[1] ?? 0);

/** Seconds that clocks may run ahead, all rates together. */
const gainedIn = (steps: readonly string[]): number =>
  steps.reduce((sum, each) => sum + (Number(/ ppm: (\d+)/.exec(each)?.[1] ?? 0) / 1_000_000) * lastingOf(each), 0);

function written({ topology: drawn, election, manifests, steps }: Story, always: readonly string[]): Draft {
  const without = fallen(steps);
  const promised = always.filter((name) => !without.has(name));
  const flags = `{ leader-elect-lease-duration: ${election.leaseDuration}s, leader-elect-renew-deadline: ${election.renewDeadline}s, leader-elect-retry-period: ${election.retryPeriod}s }`;
  const scenario = `apiVersion: orrery.dev/v1alpha1
kind: Scenario
metadata: { name: fuzz, annotations: { story: "Drawn at random." } }
spec:
  duration: ${HEALED}s
  settle: 15m
  cluster:
    zones: [${ZONES.slice(0, drawn.zones).join(", ")}]
    controlPlane:
      apiServers: { replicas: ${drawn.apiServers} }
      controllerManager: { replicas: ${drawn.managers}, flags: ${flags} }
      scheduler: { replicas: ${drawn.schedulers}, flags: ${flags} }
    nodePools:
      - { name: n, count: ${drawn.nodes}, capacity: { cpu: "4", memory: 8Gi, pods: "110" } }
  manifests: [web.yaml, api.yaml]
  timeline:
${steps.map((each) => `    - ${each}\n`).join("")}  expect:
    always: [${promised.join(", ")}]
    eventually:
      - { converged: all, within: 15m }
      - { orphaned-pods-collected: all, within: 15m }
`;
  return { "scenario.yaml": scenario, "web.yaml": manifests[0], "api.yaml": manifests[1] };
}
