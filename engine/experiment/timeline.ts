/**
 * Plays a scenario's timeline: each step is a process that waits for its time, or for its moment. Faults live in a scope of their own, so that the
 * heal phase lifts all of them by killing it; commands run on the workstation, as a person at a terminal would give them. A step whose moment has
 * not come by then is told to be not reached.
 */
import { type ApiError, isApiError } from "../api/error.ts";
import { formatTime } from "../api/json.ts";
import { readyCondition } from "../api/kinds/node.ts";
import { type KubeObject, keyOf } from "../api/object.ts";
import { present } from "../base/assert.ts";
import { type Duration, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type Process, sleep, waitFor } from "../kernel/process.ts";
import type { Scope } from "../kernel/scope.ts";
import { Latch } from "../kernel/signal.ts";
import type { Software } from "../world/daemon.ts";
import type { DaemonControl, Host } from "../world/host.ts";
import type { Fault } from "./faults/fault.ts";
import { Holds } from "./faults/holds.ts";
import { FAULTS } from "./faults/registry.ts";
import type { Entry, FaultRow } from "./record/record.ts";
import type { FaultStep, KubectlStep, Scenario, Step } from "./scenario/scenario.ts";
import { describeSelection, processOf, type Selection, select } from "./scenario/selection.ts";
import { Triggers } from "./triggers.ts";
import { applyObject } from "./workloads/apply.ts";
import { parseKubectl } from "./workloads/kubectl.ts";
import { type Print, Terminal } from "./workloads/terminal.ts";

/** Between two looks at the nodes, or tries to apply the manifests, while the cluster is not up yet. */
const RETRY = seconds(1);

/** Where the ports begin that nobody in particular has. */
const FIRST_PORT = 49_152;

/** A step with a name, as others wait for it. */
interface Course {
  readonly start: Latch;
  readonly end: Latch;
}

export class Timeline {
  private readonly kernel: Kernel;
  private readonly cluster: Cluster;
  private readonly scenario: Scenario;
  private readonly tell: (entry: Entry) => void;
  private readonly faults: Scope;
  private readonly holds = new Holds();
  private readonly triggers: Triggers;
  /** Steps that wait for their moment, in the order of the timeline. */
  private readonly waiting = new Set<Step>();
  private readonly courses = new Map<string, Course>();
  private outsiders = 0;
  /** Ports of the workstation given away to faults. */
  private ports = 0;

  constructor(kernel: Kernel, cluster: Cluster, scenario: Scenario, tell: (entry: Entry) => void) {
    this.kernel = kernel;
    this.cluster = cluster;
    this.scenario = scenario;
    this.tell = tell;
    this.faults = kernel.scope(kernel.source("experiment/timeline"));
    const triggers = scenario.timeline.flatMap(({ when }) => when ?? []);
    this.triggers = new Triggers(kernel.trace, cluster.view, triggers);
    for (const { name } of scenario.timeline)
      if (name !== undefined) this.courses.set(name, { start: new Latch(), end: new Latch() });
  }

  /** Sets every step to wait for its moment. The cluster has booted. */
  start(): void {
    const { daemon, client } = this.cluster.workstation();
    daemon.spawn("manifests", this.applyManifests(client));
    for (const step of this.scenario.timeline) {
      if (step.when !== undefined) this.waiting.add(step);
      if (step.type === "fault") this.faults.spawn(step.path, this.injectFault(step));
      else this.faults.spawn(step.path, this.command(step, client));
    }
  }

  /** Lifts every fault. */
  heal(): void {
    this.faults.kill();
    for (const step of this.waiting) {
      const what = step.type === "fault" ? step.fault : `kubectl ${step.command}`;
      const target = step.type === "fault" ? targetOf(step) : "";
      this.row(what, "not-reached", target, 0, `when: ${step.when!.text}`);
    }
  }

  /** Waits until a step's time or moment has come; no fault strikes in the warm-up. */
  private *moment(step: Step): Process {
    const { at, when, path, spread = 0 } = step;
    const extra =
      spread === 0 ? (0 as Duration) : this.kernel.random.stream(`experiment/${path}/spread`).uniform(0, spread);
    if (when === undefined) return yield* sleep((at + extra) as Duration);
    yield* sleep(at as number as Duration);
    const { moment } = when;
    if (moment.on === "step") {
      const course = present(this.courses.get(moment.step), `step ${moment.step}`);
      yield* waitFor(course[moment.edge]);
    } else yield* waitFor(this.triggers.begin(when));
    yield* sleep((when.later + extra) as Duration);
    if (step.type === "fault") yield* sleep((this.scenario.warmUp - this.kernel.now) as Duration);
    this.waiting.delete(step);
  }

  private courseOf({ name }: Step): Course | undefined {
    return name === undefined ? undefined : this.courses.get(name);
  }

  /** Runs a program on the workstation, which is outside of the cluster, under a name of its own; gives what ends it for good. */
  private outside(software: Software): () => void {
    const { host } = this.cluster.workstation().daemon;
    let over = false;
    const program = host.install(`outsider-${++this.outsiders}`, (daemon) => {
      if (!over) software(daemon);
    });
    program.start();
    return () => {
      over = true;
      program.kill();
    };
  }

  /** Once every node is Ready, as a person would; at the latest when half of the warm-up is over. */
  private *untilNodesAreReady(): Process {
    const { view, nodeCount } = this.cluster;
    const ready = () => {
      let count = 0;
      for (const node of view.objects("Node").values()) if (readyCondition(node)?.status === "True") count++;
      return count >= nodeCount;
    };
    while (this.kernel.now < this.scenario.warmUp / 2 && !ready()) yield* sleep(RETRY);
  }

  private *applyManifests(client: Client): Process {
    yield* this.untilNodesAreReady();
    for (const object of this.scenario.manifests) {
      for (;;) {
        try {
          yield* applyObject(client, object);
          this.row("kubectl apply", "commanded", describe(object), 0, "");
          break;
        } catch (error) {
          if (!isApiError(error)) throw error;
          if (isFinal(error) && !this.tooEarly(error)) {
            this.row("kubectl apply", "failed", describe(object), 0, error.message);
            break;
          }
          yield* sleep(RETRY);
        }
      }
    }
  }

  /** A namespace has its default account a moment after it was made: until then it takes no pods, and a person tries again. */
  private tooEarly({ details }: ApiError): boolean {
    return details.cause === "ServiceAccountMissing" && this.kernel.now < this.scenario.warmUp / 2;
  }

  private *command(step: KubectlStep, client: Client): Process {
    yield* this.moment(step);
    this.courseOf(step)?.start.settle();
    const parsed = parseKubectl(step.command);
    const action = present("action" in parsed ? parsed.action : undefined, `a checked command ${step.command}`);
    const command = `kubectl ${step.command}`;
    const print: Print = (stream, text) => this.tell({ type: "output", time: this.kernel.now, command, stream, text });
    const { transport, close } = this.cluster.newConnection();
    const terminal = new Terminal(transport, client.user, step.patience, print);
    try {
      const said = yield* action.run(
        client,
        step.manifests,
        formatTime(this.kernel.now, this.scenario.start),
        terminal,
      );
      this.row(command, "commanded", "", 0, said);
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (action.streams) print("stderr", `error: ${error.message}`);
      this.row(command, "failed", "", 0, error.message);
    } finally {
      close();
    }
    this.courseOf(step)?.end.settle();
  }

  private *injectFault(step: FaultStep): Process {
    yield* this.moment(step);
    const fault: Fault = present(
      FAULTS.find(({ name }) => name === step.fault),
      `fault ${step.fault}`,
    );
    const random = this.kernel.random.stream(`experiment/${step.path}`);
    const choose = (selection: Selection): readonly Host[] =>
      select(
        selection,
        this.cluster.world.hosts,
        (component) => this.cluster.view.leaderHost(component),
        (hosts, count) => random.sample(hosts, count),
      );
    const hosts = choose(step.target);
    const others = step.other === undefined ? [] : choose(step.other);
    const target = targetOf(step);
    const course = this.courseOf(step);
    course?.start.settle();
    if (hosts.length === 0 || (step.other !== undefined && others.length === 0)) {
      this.row(step.fault, "failed", target, 0, "nothing matched at that moment");
      course?.end.settle();
      return;
    }
    const count = new Set([...hosts, ...others]).size;
    const processes = processesOn(hosts, step.target);
    this.row(step.fault, "injected", target, count, named(hosts));
    try {
      yield* fault.inject(
        {
          network: this.cluster.world.network,
          random,
          holds: this.holds,
          servers: this.cluster.servers,
          credentials: (user) => this.cluster.credentials(user),
          outside: (software) => this.outside(software),
          freePort: () => FIRST_PORT + this.ports++,
        },
        { hosts, others, processes, lasting: step.duration, with: step.with },
      );
    } finally {
      this.row(step.fault, "healed", target, count, named(hosts));
      course?.end.settle();
    }
  }

  private row(what: string, change: FaultRow["change"], target: string, hosts: number, detail: string): void {
    this.tell({ type: "fault", time: this.kernel.now, what, change, target, hosts, detail });
  }
}

/** An answer that will be the same when asked again. */
const isFinal = ({ code }: ApiError): boolean => code !== 0 && code < 500 && code !== 429;

function processesOn(hosts: readonly Host[], selection: Selection): readonly DaemonControl[] {
  const name = processOf(selection);
  return name === undefined ? [] : hosts.flatMap((host) => host.daemons.get(name) ?? []);
}

const targetOf = ({ target, other }: FaultStep): string =>
  [target, ...(other === undefined ? [] : [other])].map(describeSelection).join(" | ");

/** The names of a few hosts. */
const named = (hosts: readonly Host[]): string =>
  hosts.length <= 3 ? hosts.map(({ name }) => name).join(" ") : `${hosts[0]!.name} … ${hosts.at(-1)!.name}`;

const describe = (object: KubeObject): string => `${object.kind.toLowerCase()}/${keyOf(object)}`;
