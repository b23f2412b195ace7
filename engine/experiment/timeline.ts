/**
 * Plays a scenario's timeline: each step is a process that waits for its moment. Faults live in a scope of their own, so that the heal phase
 * lifts all of them by killing it; commands run on the workstation, as a person at a terminal would give them.
 */
import { isApiError } from "../api/error.ts";
import { formatTime } from "../api/json.ts";
import { readyCondition } from "../api/kinds/node.ts";
import { type KubeObject, keyOf } from "../api/object.ts";
import { present } from "../base/assert.ts";
import { type Duration, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type Process, type Scope, sleep } from "../kernel/process.ts";
import type { DaemonControl, Host } from "../world/host.ts";
import type { Fault } from "./faults/fault.ts";
import { FAULTS } from "./faults/registry.ts";
import type { Entry, FaultRow } from "./record/record.ts";
import type { FaultStep, KubectlStep, Scenario } from "./scenario/scenario.ts";
import { describeSelection, processOf, type Selection, select } from "./scenario/selection.ts";
import { applyObject } from "./workloads/apply.ts";
import { parseKubectl } from "./workloads/kubectl.ts";

/** Between two looks at the nodes, or tries to apply the manifests, while the cluster is not up yet. */
const RETRY = seconds(1);

export class Timeline {
  private readonly kernel: Kernel;
  private readonly cluster: Cluster;
  private readonly scenario: Scenario;
  private readonly tell: (entry: Entry) => void;
  private readonly faults: Scope;

  constructor(kernel: Kernel, cluster: Cluster, scenario: Scenario, tell: (entry: Entry) => void) {
    this.kernel = kernel;
    this.cluster = cluster;
    this.scenario = scenario;
    this.tell = tell;
    this.faults = kernel.scope(kernel.source("experiment/timeline"));
  }

  /** Sets every step to wait for its moment. The cluster has booted. */
  start(): void {
    const { daemon, client } = this.cluster.workstation();
    daemon.spawn("manifests", this.applyManifests(client));
    for (const step of this.scenario.timeline) {
      if (step.type === "fault") this.faults.spawn(step.path, this.injectFault(step));
      else this.faults.spawn(step.path, this.command(step, client));
    }
  }

  /** Lifts every fault. */
  heal(): void {
    this.faults.kill();
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
          if (error.code !== 0 && error.code < 500 && error.code !== 429) {
            this.row("kubectl apply", "failed", describe(object), 0, error.message);
            break;
          }
          yield* sleep(RETRY);
        }
      }
    }
  }

  private *command(step: KubectlStep, client: Client): Process {
    yield* sleep(step.at as number as Duration);
    const parsed = parseKubectl(step.command);
    const action = present("action" in parsed ? parsed.action : undefined, `a checked command ${step.command}`);
    try {
      const said = yield* action.run(client, step.manifests, formatTime(this.kernel.now, this.scenario.start));
      this.row(`kubectl ${step.command}`, "commanded", "", 0, said);
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.row(`kubectl ${step.command}`, "failed", "", 0, error.message);
    }
  }

  private *injectFault(step: FaultStep): Process {
    yield* sleep(step.at as number as Duration);
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
    const target = [step.target, ...(step.other === undefined ? [] : [step.other])].map(describeSelection).join(" | ");
    if (hosts.length === 0 || (step.other !== undefined && others.length === 0)) {
      this.row(step.fault, "failed", target, 0, "nothing matched at that moment");
      return;
    }
    const count = new Set([...hosts, ...others]).size;
    const processes = processesOn(hosts, step.target);
    this.row(step.fault, "injected", target, count, named(hosts));
    try {
      yield* fault.inject(
        { network: this.cluster.world.network, random },
        { hosts, others, processes, lasting: step.duration, with: step.with },
      );
    } finally {
      this.row(step.fault, "healed", target, count, named(hosts));
    }
  }

  private row(what: string, change: FaultRow["change"], target: string, hosts: number, detail: string): void {
    this.tell({ type: "fault", time: this.kernel.now, what, change, target, hosts, detail });
  }
}

function processesOn(hosts: readonly Host[], selection: Selection): readonly DaemonControl[] {
  const name = processOf(selection);
  return name === undefined ? [] : hosts.flatMap((host) => host.daemons.get(name) ?? []);
}

/** The names of a few hosts. */
const named = (hosts: readonly Host[]): string =>
  hosts.length <= 3 ? hosts.map(({ name }) => name).join(" ") : `${hosts[0]!.name} … ${hosts.at(-1)!.name}`;

const describe = (object: KubeObject): string => `${object.kind.toLowerCase()}/${keyOf(object)}`;
