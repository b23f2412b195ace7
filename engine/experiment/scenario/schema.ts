/**
 * The form of a scenario file, field by field, with a sentence for each: what zod checks, and what editors learn from
 * `scenarios/scenario.schema.json`. Meaning that one field alone cannot show (names that must exist, times that must fit) is
 * checked afterwards, in the files that fill each part in.
 *
 * Of all files only this one, `shape.ts` and `json-schema.ts` know the `zod` package. A message of a leaf is `what is wrong`, or
 * `what is wrong\nwhat would do`.
 */
import { z } from "zod";
import { type Duration, formatDuration, hours } from "../../base/units.ts";
import { CONDITIONS } from "../condition.ts";
import type { Invariant } from "../invariants/invariant.ts";
import { describeValue, didYouMean } from "./suggestion.ts";
import { VOCABULARY } from "./vocabulary.ts";
import {
  isRead,
  type Reading,
  readCalendar,
  readDuration,
  readFraction,
  readQuantity,
  readSeed,
  readVersion,
} from "./writing.ts";

export const API_VERSION = "orrery.dev/v1alpha1";

/** A leaf that one of the readers of `writing.ts` accepts. It stays as written; whoever fills it in reads it again. */
function written<T>(read: (input: unknown) => Reading<T>, meaning: string, form: Record<string, unknown>) {
  return z
    .custom<string | number>(() => true)
    .superRefine((input, context) => {
      const reading = read(input);
      if (!isRead(reading)) context.addIssue({ code: "custom", message: says(reading) });
    })
    .meta({ description: meaning, ...form });
}

const says = ({ message, suggestion }: { message: string; suggestion?: string }): string =>
  suggestion === undefined ? message : `${message}\n${suggestion}`;

const duration = (meaning: string, limit?: Duration) =>
  written((input) => upTo(limit, readDuration(input)), meaning, {
    type: "string",
    pattern: "^(\\d+(\\.\\d+)?(ns|us|µs|ms|s|m|h))+$",
  });
function upTo(limit: Duration | undefined, reading: Reading<Duration>): Reading<Duration> {
  if (limit === undefined || !isRead(reading) || reading.value <= limit) return reading;
  return { message: `found ${formatDuration(reading.value)}, expected at most ${formatDuration(limit)}` };
}

const fraction = (meaning: string) => written(readFraction, meaning, { type: ["number", "string"] });
const quantity = (meaning: string) => written(readQuantity, meaning, { type: ["string", "number"] });

const number = (meaning: string, minimum: number, maximum = Number.POSITIVE_INFINITY, whole = true) =>
  z
    .number({
      error: ({ input }) =>
        says({
          message: `found ${describeValue(input)}, expected a ${whole ? "whole " : ""}number`,
          ...(typeof input === "string" &&
            /^-?[\d.]+$/.test(input) && { suggestion: `write \`${input}\` without quotes` }),
        }),
    })
    .superRefine((input, context) => {
      const range = maximum === Number.POSITIVE_INFINITY ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
      if ((!whole || Number.isInteger(input)) && input >= minimum && input <= maximum) return;
      const expected = `expected a ${whole ? "whole " : ""}number${minimum === Number.NEGATIVE_INFINITY ? "" : ` ${range}`}`;
      context.addIssue({ code: "custom", message: `found the number ${input}, ${expected}` });
    })
    .meta({
      description: meaning,
      type: whole ? "integer" : "number",
      ...(Number.isFinite(minimum) && { minimum }),
      ...(Number.isFinite(maximum) && { maximum }),
    });

const text = (meaning: string) =>
  z
    .string({
      error: ({ input }) =>
        says({
          message: `found ${describeValue(input)}, expected text`,
          ...((typeof input === "number" || typeof input === "boolean") && {
            suggestion: `write it in quotes: \`"${input}"\``,
          }),
        }),
    })
    .meta({ description: meaning });

/** Text that names one of these; whoever fills it in checks it, and editors are told. */
const nameOf = (known: readonly { readonly name: string }[], meaning: string) =>
  text(meaning).meta({ enum: known.map(({ name }) => name), description: meaning });

const truth = (meaning: string) =>
  z
    .boolean({ error: ({ input }) => `found ${describeValue(input)}, expected \`true\` or \`false\`` })
    .meta({ description: meaning });

const oneOf = <const T extends readonly [string, ...string[]]>(values: T, meaning: string) =>
  z
    .enum(values, {
      error: ({ input }) => {
        const hint = typeof input === "string" ? didYouMean(input, values) : `known: ${values.join(", ")}`;
        return says({
          message: `found ${describeValue(input)}, expected one of: ${values.join(", ")}`,
          ...(hint?.startsWith("did") && { suggestion: hint }),
        });
      },
    })
    .meta({ description: meaning });

const named = (meaning: string) =>
  text(meaning).refine((name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name), {
    error: ({ input }) =>
      says({
        message: `found ${describeValue(input)}, expected a name of lower-case letters, digits and hyphens`,
        ...nameHint(String(input)),
      }),
  });

function nameHint(found: string): { suggestion?: string } {
  const meant = found
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return meant === "" ? {} : { suggestion: `for example \`${meant}\`` };
}

const labels = (meaning: string) => z.record(z.string(), text("A value.")).meta({ description: meaning });

const latency = (meaning: string) =>
  z
    .strictObject({
      minimum: duration("Never less than this.").optional(),
      median: duration("Half of the draws are below.").optional(),
      sigma: number("Deviation of the logarithm; 0: always the median.", 0, 5, false).optional(),
    })
    .meta({ description: `${meaning} Drawn from a lognormal distribution.` });

/** What a container runtime takes for something: an hour at most, drawn anew each time. */
const took = (meaning: string) =>
  z
    .strictObject({
      median: duration("Half of the draws are below.", hours(1)).optional(),
      sigma: number("Deviation of the logarithm; 0: always the median.", 0, 5, false).optional(),
    })
    .meta({ description: `${meaning} Drawn from a lognormal distribution.` });

const flags = (meaning: string) =>
  z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: `${meaning} Names and values as on the command line, without dashes.` });

const selection = z
  .strictObject({
    zone: text("Hosts in this zone.").optional(),
    role: oneOf(
      ["control-plane", "node", "room", "workstation", "load-balancer", "webhook"],
      "Hosts of this role.",
    ).optional(),
    pool: text("Hosts of this node pool.").optional(),
    host: text("The host of this name.").optional(),
    component: text("Hosts that run this component; for faults on processes, the process.").optional(),
    leaderOf: text("The host, or process, that leads this component when the step comes.").optional(),
    pick: number("So many of them, drawn at random.", 1).optional(),
    fraction: fraction("This share of them, rounded up, drawn at random.").optional(),
  })
  .meta({ description: "Which machines, or which processes. All conditions must hold." });

const taint = z.strictObject({
  key: text("As in `kubectl taint`."),
  value: text("May be left out.").optional(),
  effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"], "What it does to pods that do not tolerate it."),
});

const nodePool = z.strictObject({
  name: named("Nodes are called `<name>-<i>`, from 0."),
  count: number("How many nodes.", 1, 100_000),
  zones: z.array(text("A zone of the cluster.")).min(1, "needs at least one zone").optional(),
  capacity: z
    .record(z.string(), quantity("An amount."))
    .optional()
    .meta({ description: "By resource: cpu, memory, pods, …" }),
  labels: labels("Labels of the nodes, beside host name, zone and region.").optional(),
  taints: z.array(taint).optional().meta({ description: "Taints that the nodes register with." }),
  kubelet: z
    .strictObject({
      flags: flags("Flags of the kubelet.").optional(),
      apiServer: text("The machine whose API server they speak to, where `loadBalancing` is `fixed`.").optional(),
      closeConnections: truth(
        "Close all connections when heartbeats fail, as from 1.11 to 1.23; later the HTTP/2 health check finds those that are dead.",
      ).optional(),
      heartbeatTimeout: duration(
        "How long a heartbeat waits for its answer. 0s: until its connection ends, as before 1.8 (kubernetes PR 52176).",
      ).optional(),
      nodeSize: quantity(
        "Bytes of the Node object as etcd stores it, images and managedFields included: `30k`. Left out: only what is modelled.",
      ).optional(),
      heartbeatConnection: oneOf(
        ["own", "shared"],
        "Whether heartbeats have a connection of their own, or share that of everything else, as before 1.8.",
      ).optional(),
      statusCompare: oneOf(
        ["api", "sent"],
        "What a pod's status is compared with to see whether it has to be written: what the API has (`status_manager.go`, " +
          "needsReconcile), or only what was last sent (kubernetes issues 80968, 84931).",
      ).optional(),
      bootstrap: oneOf(
        ["certificate", "tls-bootstrap"],
        "Whether kubelets start with a client certificate, or ask for one with a bootstrap token.",
      ).optional(),
      certificateExpires: duration(
        "When, from the start of the run, the certificates run out that kubelets start with.",
      ).optional(),
      certificateValidity: duration("How long before that they were made.").optional(),
      servingCertificate: oneOf(
        ["cluster", "self-signed"],
        "Who signed what the kubelet shows to API servers: the cluster's CA, or one of its own, as kubeadm leaves it.",
      ).optional(),
      config: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .optional()
        .meta({ description: "Fields of KubeletConfiguration." }),
    })
    .optional(),
  runtime: z
    .strictObject({
      networkSetup: took("From the start of containerd until pods can have a network.").optional(),
      sandboxSetup: took("Making a pod's sandbox.").optional(),
      sandboxTeardown: duration("Taking it away.", hours(1)).optional(),
      imagePull: took("First pull of an image on a node.").optional(),
      manifestCheck: took("The registry's answer when the image is there already, or does not exist.").optional(),
    })
    .optional()
    .meta({
      description:
        "How long the container runtime takes. How long a container takes to start is its program's `startup`.",
    }),
  bootOver: duration("The nodes boot spread evenly over this long.").optional(),
});

const fencing = truth(
  "What a leader writes carries its term (the lease and its leaseTransitions), and the store refuses it with 412 once a newer " +
    "term has begun. Not in Kubernetes: there a deposed leader's requests take effect (`leaderelection.go`, package comment).",
);

const controlPlane = z.strictObject({
  zones: z
    .array(text("A zone."))
    .min(1, "needs at least one zone, or leave it out")
    .optional()
    .meta({ description: "Where machine i lies, round and round. Without them: in a zone apart." }),
  restartDelay: duration("How long a component that ended is down before its supervisor starts it again.").optional(),
  etcd: z
    .strictObject({
      members: number("1, 3 or 5.", 1, 5).optional(),
      flags: flags("Flags of etcd.").optional(),
      fsync: latency("Append and fsync of the write-ahead log.").optional(),
      consistentIndex: oneOf(
        ["atomic", "early"],
        "When the index of the last applied entry is on disk: with what the entry did, or before it, as in 3.5.0 to 3.5.2 (etcd issue 13766): " +
          "after a crash the member lacks the last change that it applied, and never notices.",
      ).optional(),
    })
    .optional(),
  apiServers: z
    .strictObject({
      replicas: number("How many API servers.", 1, 100).optional(),
      loadBalancing: oneOf(
        ["dns", "balancer", "fixed"],
        "How clients find one: `dns`: the addresses of all, in turn; `balancer`: that of a load balancer with health checks, on the " +
          "machine `load-balancer`; `fixed`: a single one, on control-plane machines that of their own server.",
      ).optional(),
      etcdServers: oneOf(
        ["local", "all"],
        "`--etcd-servers`: `local`: the member on its own machine, if there is one, as kubeadm stacks them; `all`: every member, in turn.",
      ).optional(),
      healthCheck: z
        .strictObject({
          interval: duration("Between two checks of a server.").optional(),
          timeout: duration("How long a check may take.").optional(),
          fall: number("So many failures in a row take a server out.", 1).optional(),
          rise: number("So many successes in a row bring it back.", 1).optional(),
        })
        .optional()
        .meta({ description: "Of the load balancer: GET /readyz." }),
      egress: oneOf(
        ["direct", "konnectivity"],
        "How they reach nodes for logs, exec and the like: directly, or through a Konnectivity server beside each and an agent on every node.",
      ).optional(),
      flags: flags("Flags of kube-apiserver.").optional(),
      processing: latency("Time spent on a request besides waiting for etcd.").optional(),
      cores: number(
        "Cores that requests share, first come, first served; left out: as many as are needed.",
        1,
        1_000,
      ).optional(),
      cpuPerRequest: duration("A core's time for an answer.").optional(),
      cpuPerKilobyte: duration("A core's time for each 1,000 bytes of a list.").optional(),
      cpuPerRefusal: duration("A core's time for sending somebody away (429).").optional(),
    })
    .optional(),
  controllerManager: z
    .strictObject({
      replicas: number("How many, of which one leads.", 1, 100).optional(),
      flags: flags("Flags of kube-controller-manager.").optional(),
      fencing: fencing.optional(),
    })
    .optional(),
  scheduler: z
    .strictObject({
      replicas: number("How many, of which one leads.", 1, 100).optional(),
      flags: flags("Flags of kube-scheduler.").optional(),
      config: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .optional()
        .meta({ description: "Fields of KubeSchedulerConfiguration." }),
      fencing: fencing.optional(),
      confirmNodes: truth(
        "Ask for the node before binding a pod to it, and forget one that is gone. Not in Kubernetes: there only an error " +
          "that names a node makes the scheduler look (`schedule_one.go`, handleSchedulingFailure), and binding gives none.",
      ).optional(),
      assumedPodTtl: duration(
        "How long a pod counts on its node after its binding was answered, while the watch has not shown it there: 30s up to 1.22, " +
          "15m in 1.23 (`pkg/scheduler/scheduler.go`, durationToExpireAssumedPod). 0s: without an end, as since 1.25.",
      ).optional(),
      cycleTime: duration("Work of one scheduling cycle: the fixed part.").optional(),
      cycleTimePerNode: duration("Work of one scheduling cycle for each node looked at.").optional(),
    })
    .optional(),
});

const webhook = z.strictObject({
  name: named("The service that webhook configurations name. Its machine is `webhook-<name>`."),
  zone: text("Zone of its machine; left out: beside the control plane.").optional(),
  latency: latency("Time for an answer.").optional(),
  verdict: oneOf(["allow", "deny"], "What it says.").optional(),
  message: text("Why it says no.").optional(),
  requireLabel: text("Says no to objects without this label.").optional(),
  setLabels: labels("Labels that it sets, where it is asked to mutate.").optional(),
});

const cluster = z.strictObject({
  version: written(readVersion, "Release of Kubernetes whose defaults count.", { type: "string" }).optional(),
  region: named("Region of every zone.").optional(),
  zones: z
    .array(named("A zone."))
    .min(1, "needs at least one zone")
    .optional()
    .meta({ description: "Zones of the nodes." }),
  controlPlane: controlPlane.optional(),
  clients: z
    .strictObject({
      reflectorBackoff: oneOf(
        ["fixed", "growing", "restarting"],
        "How long a reflector of any component waits before it lists again: a second (client-go up to 0.17, kubernetes issue 87794); 0.8s to 30s " +
          "with as much jitter, anew after two quiet minutes; or the same, anew two minutes after it began (today).",
      ).optional(),
    })
    .optional(),
  webhooks: z
    .array(webhook)
    .optional()
    .meta({ description: "Backends of admission webhooks, each on a machine of its own." }),
  nodePools: z.array(nodePool).optional().meta({ description: "The nodes." }),
  network: z
    .strictObject({
      sameHost: latency("One-way delay within a machine.").optional(),
      sameZone: latency("One-way delay within a zone.").optional(),
      crossZone: latency("One-way delay between zones.").optional(),
      http2ReadIdleTimeout: duration(
        "HTTP2_READ_IDLE_TIMEOUT_SECONDS: after so long without a frame a client pings. 0s: never, as before 1.20.",
      ).optional(),
      http2PingTimeout: duration(
        "HTTP2_PING_TIMEOUT_SECONDS: without an answer for so long it gives the connection up.",
      ).optional(),
    })
    .optional(),
  clocks: z
    .strictObject({
      offsetDeviation: duration("Machines' clocks are off by a normal deviate of this size.").optional(),
      rateDeviationPpm: number(
        "Machines' clocks run fast or slow by a normal deviate of this size.",
        0,
        100_000,
        false,
      ).optional(),
    })
    .optional(),
});

/** Parameters of programs and faults are further fields, checked against what each takes. */
const programRule = z.looseObject({
  selector: z
    .record(z.string(), z.unknown())
    .meta({ description: "Labels of the pods, or matchLabels and matchExpressions." }),
  namespace: text("Only pods of this namespace.").optional(),
  container: text("Only this container.").optional(),
  image: text("Only this image.").optional(),
  program: nameOf(VOCABULARY.programs, "What the containers do."),
});

const step = z.looseObject({
  name: named("What other steps call it that wait for it.").optional(),
  at: duration("Time since the start of the run. Together with `when`: from when on it waits.").optional(),
  when: text(
    "Instead of a time, a moment: `leader COMPONENT elected|stopped`, `lease NAMESPACE/NAME changes hands`, " +
      "`write|creation|update|deletion of KIND [NAME] [by USER]`, `KIND/NAME CONDITION` " +
      `(${CONDITIONS.map(({ name }) => name).join(", ")}), \`[the start|end of] step NAME\`. ` +
      "May begin with `30s after`, and say which time: `5th write of Pod by replicaset-controller`, `…, 2nd time`. " +
      "A fault whose moment comes in the warm-up strikes at its end.",
  ).optional(),
  after: duration("How long after the moment of `when` the step comes.").optional(),
  spread: duration(
    "The step comes later by up to this, drawn evenly: a moment that has nothing to do with any other.",
  ).optional(),
  fault: nameOf(VOCABULARY.faults, "A fault, with its parameters as further fields.").optional(),
  target: selection.optional(),
  between: z.array(selection).length(2, "needs two sets: `between: [{…}, {…}]`").optional(),
  duration: duration(
    "How long the fault lasts, or after how long ^C ends a command that streams; without it, until the heal phase.",
  ).optional(),
  kubectl: text("What would follow `kubectl`: `scale deployment/web --replicas=3`.").optional(),
  apply: text("A manifest file to apply: short for `kubectl: apply -f …`.").optional(),
});

const room = z.strictObject({
  thermostat: named("Name of its Thermostat."),
  namespace: named("Namespace of its Thermostat.").optional(),
  temperature: number("Degrees Celsius at the start.", -60, 60, false).optional(),
  outside: number("Degrees Celsius outside.", -60, 60, false).optional(),
  heating: number("Degrees an hour that the heater adds.", 0, 1000, false).optional(),
  insulation: duration("Time in which an unheated room loses all but 1/e of its difference to the outside.").optional(),
  reports: duration("How often the device reports and obeys.").optional(),
});

const promises = (mode: Invariant["mode"], meaning: string) =>
  z
    .array(
      nameOf(
        VOCABULARY.invariants.filter((each) => each.mode === mode),
        "A name.",
      ),
    )
    .optional()
    .meta({ description: meaning });

export const scenarioSchema = z
  .strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal("Scenario"),
    metadata: z.strictObject({
      name: named("The scenario's name."),
      annotations: z.strictObject({ story: text("What it is about, in a sentence or two.").optional() }).optional(),
    }),
    spec: z.strictObject({
      seed: written(readSeed, "The run's seed; --seed overrides it.", { type: ["string", "integer"] }).optional(),
      duration: duration("How long the run lasts until everything is healed."),
      warmUp: duration("Until then no fault strikes, and nothing counts.").optional(),
      settle: duration("At most this long, after the heal, for the `eventually` promises to come true.").optional(),
      start: written(readCalendar, "Calendar time of the start.", { type: "string", format: "date-time" }).optional(),
      shuffle: truth("Draw the order of simultaneous events from the seed.").optional(),
      budgets: z
        .strictObject({
          events: number("Events in the whole run.", 1).optional(),
          eventsAtOneInstant: number("Events at one instant.", 1).optional(),
        })
        .optional(),
      cluster: cluster.optional(),
      manifests: z
        .array(text("A file, relative to this one."))
        .optional()
        .meta({ description: "Applied at the start." }),
      programs: z
        .array(programRule)
        .optional()
        .meta({ description: "What the containers of pods do. The first rule that fits counts." }),
      rooms: z.array(room).optional().meta({ description: "Rooms with a device, for Thermostats to govern." }),
      timeline: z.array(step).optional().meta({ description: "What happens when." }),
      expect: z
        .strictObject({
          always: promises("always", "Promises that must hold at every moment."),
          eventually: z.array(z.record(z.string(), z.unknown())).optional().meta({
            description: "Promises that must hold after the heal: `{ converged: deployment/web, within: 2m }`.",
          }),
          sometimes: promises("sometimes", "States worth reaching."),
          measure: z.array(z.record(z.string(), z.unknown())).optional().meta({
            description:
              'Bounds on what is measured: `{ metric: node_detection_seconds, p99: "< 60s" }`; of one zone with `zone: a`.',
          }),
        })
        .optional(),
    }),
  })
  .meta({
    id: "Scenario",
    title: "Orrery scenario",
    description: "A story about a Kubernetes cluster, to be simulated.",
  });

export type ScenarioFile = z.input<typeof scenarioSchema>;
