/**
 * The container runtime of one machine (containerd): sandboxes, containers and images. Each container is run by its program as a
 * process in the runtime's life, so containers outlive the kubelet and die with the host; a container that just stays has no process,
 * no timer and no event. The kubelet of the same machine holds this object in place of the CRI socket.
 *
 * Images survive on the disk. Simplified: stopping containerd alone ends its containers too (real shims would keep them), and what the
 * kubelet asks for is done or refused at once, without time for the socket. Consequence: a paused runtime answers, but nothing starts.
 */

import type { TrustBundle } from "../api/certificate.ts";
import type { Container, Pod } from "../api/kinds/pod.ts";
import type { Key } from "../api/object.ts";
import { present } from "../base/assert.ts";
import { type Duration, FOREVER, type Instant, seconds } from "../base/units.ts";
import { type Client, createClient } from "../client/client.ts";
import { fixedCredentials } from "../client/credentials.ts";
import { type Process, sleep, waitFor } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import { Latch } from "../kernel/signal.ts";
import type { Address, Daemon, Software } from "../world/daemon.ts";
import type { ApiAccess } from "./api-access.ts";
import { containerExited, containerStarted, podStopped } from "./happening.ts";
import { servePods } from "./pod-network.ts";
import { PodTokens } from "./pod-tokens.ts";
import { type ChosenProgram, durationOf, programFor, settingOf } from "./program-rule.ts";
import { type Running, STAYS } from "./programs/program.ts";
import { type RunningContainer, Sandbox } from "./sandbox.ts";
import type { ProgramRule, RuntimeSettings } from "./settings.ts";

/** Exit code of a process that SIGKILL ended (128 + 9). */
const KILLED_BY_SIGNAL = 137;

/** Who wants to know that a pod's containers changed: the kubelet's relist. */
export interface RuntimeObserver {
  podChanged(uid: string): void;
}

/** The software of the daemon `containerd`. */
export const containerRuntime =
  (runtime: ContainerRuntime): Software =>
  (daemon) => {
    runtime.begin(daemon);
    servePods(daemon, runtime);
  };

export class ContainerRuntime {
  private readonly settings: RuntimeSettings;
  private rules: readonly ProgramRule[] = [];
  private readonly byUid = new Map<string, Sandbox>();
  private readonly accesses = new Map<string, ApiAccess>();
  /** What stands for the Service `kubernetes`. */
  private gateway: { readonly servers: readonly Address[]; readonly trust: TrustBundle | undefined } | undefined;
  private daemon: Daemon | undefined;
  private stream: Stream | undefined;
  private networkFrom = 0 as Instant;
  private observer: RuntimeObserver | undefined;

  constructor(settings: RuntimeSettings) {
    this.settings = settings;
  }

  /** What the containers of this machine are to do. Said once, when the machine is put together. */
  runs(rules: readonly ProgramRule[]): void {
    this.rules = rules;
  }

  /** How the pods of this machine reach the API servers: what kube-proxy would make of the Service `kubernetes`. */
  leads(servers: readonly Address[], trust: TrustBundle | undefined): void {
    this.gateway = { servers, trust };
  }

  /** A new life begins: no container exists. */
  begin(daemon: Daemon): void {
    this.daemon = daemon;
    this.stream = daemon.keyed("containers");
    const { networkSetup } = this.settings;
    this.networkFrom = (daemon.now() + this.stream.lognormal(networkSetup.median, networkSetup.sigma)) as Instant;
    daemon.spawn("containers", this.untilDeath(daemon));
  }

  /** Whether the runtime's program is alive and not paused. */
  get up(): boolean {
    return this.daemon !== undefined && !this.daemon.scope.dead && !this.daemon.scope.held;
  }

  /** Whether pods can get a network: some time after the machine's start (CNI). */
  get networkReady(): boolean {
    return this.up && this.life.now() >= this.networkFrom;
  }

  /** Every pod that has a sandbox, in the order in which they were made. The truth, for whoever judges. */
  list(): Iterable<Sandbox> {
    return this.byUid.values();
  }

  sandbox(uid: string): Sandbox | undefined {
    return this.byUid.get(uid);
  }

  /** The sandbox of the pod of this name that was made last. */
  sandboxOf(pod: Key): Sandbox | undefined {
    let found: Sandbox | undefined;
    for (const sandbox of this.byUid.values()) if (sandbox.key === pod) found = sandbox;
    return found;
  }

  /** Calls back when the last container of a pod has stopped. Gives what ends the wait. */
  whenStopped(sandbox: Sandbox, done: () => void): () => void {
    const task = this.life.spawn("when stopped", this.awaiting(sandbox, done));
    return () => task.kill();
  }

  private *awaiting(sandbox: Sandbox, done: () => void): Process {
    yield* this.stopped(sandbox);
    done();
  }

  /** How many containers of a pod run now. */
  running(uid: string): number {
    let count = 0;
    for (const container of this.byUid.get(uid)?.containers ?? []) if (container.state === "running") count++;
    return count;
  }

  observe(observer: RuntimeObserver): void {
    this.observer = observer;
  }

  /** Makes a pod's sandbox (namespaces, network). Undefined when the runtime is down. */
  *runSandbox(pod: Pod): Process<Sandbox | undefined> {
    if (!this.up) return undefined;
    const { sandboxSetup } = this.settings;
    yield* sleep(this.draws.lognormal(sandboxSetup.median, sandboxSetup.sigma));
    if (!this.up) return undefined;
    const sandbox = new Sandbox(pod);
    this.byUid.set(pod.metadata.uid, sandbox);
    this.changed(sandbox);
    return sandbox;
  }

  /** Takes the sandbox of a stopped pod away. */
  *removeSandbox(sandbox: Sandbox): Process {
    yield* sleep(this.settings.sandboxTeardown);
    if (this.byUid.get(sandbox.uid) !== sandbox) return;
    this.byUid.delete(sandbox.uid);
    this.accesses.delete(sandbox.uid);
    this.life.tell(podStopped, sandbox.key, this.ofPod(sandbox));
  }

  /** The files by which a pod's containers reach the API. */
  show(uid: string, access: ApiAccess): void {
    this.accesses.set(uid, access);
  }

  /** A client for a container of that pod: speaks as the pod's service account, if it has a token, over a connection of its own. */
  clientOf(pod: Pod): Client {
    const { servers, trust } = present(this.gateway, "the way of pods to the API");
    const tokens = new PodTokens(() => this.accesses.get(pod.metadata.uid));
    const credentials = trust && fixedCredentials(trust, undefined);
    return createClient(this.life, {
      user: tokens.claim,
      tokens,
      servers,
      qps: 5,
      burst: 10,
      timeout: seconds(10),
      credentials,
    });
  }

  hasImage(image: string): boolean {
    return this.images.has(image);
  }

  /** Asks the registry for an image; false when it has none. A first pull takes a time of its own for each node and image. */
  *pull(pod: Pod, container: Container): Process<boolean> {
    const image = container.image ?? "";
    const { imagePull, manifestCheck } = this.settings;
    const { program } = programFor(pod, container, this.rules);
    if (!program.imageExists || this.hasImage(image)) {
      yield* sleep(this.draws.lognormal(manifestCheck.median, manifestCheck.sigma));
      return program.imageExists;
    }
    yield* sleep(this.life.keyed(`pull/${image}`).lognormal(imagePull.median, imagePull.sigma));
    if (this.up) this.images.add(image);
    return this.up;
  }

  /**
   * Creates a container, for the first time or after an exit, and waits until its process runs or is known to never run.
   * `restarts` counts the attempts before this one.
   */
  *start(sandbox: Sandbox, spec: Container, restarts: number): Process {
    if (!this.up) return;
    const container = sandbox.prepare(spec.name, restarts);
    const begun = new Latch();
    container.begun = begun;
    const chosen = programFor(sandbox.pod, spec, this.rules);
    container.task = this.life.spawn("container", this.live(sandbox, container, chosen));
    yield* waitFor(begun);
  }

  /** SIGTERM to every container of a pod, SIGKILL after `grace`. Called again, it can only shorten what is left. */
  stop(sandbox: Sandbox, grace: Duration): void {
    for (const container of sandbox.containers) {
      if (container.state === "created") this.exited(sandbox, container, KILLED_BY_SIGNAL, "ContainerCannotRun");
      else if (container.state === "running") this.terminate(sandbox, container, grace);
    }
  }

  /** Waits until no container of the pod runs. */
  *stopped(sandbox: Sandbox): Process {
    if (!sandbox.active) return;
    sandbox.emptied ??= new Latch();
    yield* waitFor(sandbox.emptied);
  }

  private get life(): Daemon {
    return present(this.daemon, "the life of the container runtime");
  }

  private get draws(): Stream {
    return present(this.stream, "the life of the container runtime");
  }

  /** Images pulled so far; on the disk. */
  private get images(): Set<string> {
    const { files } = this.life.disk;
    let images = files.get("containerd/images") as Set<string> | undefined;
    if (!images) {
      images = new Set();
      files.set("containerd/images", images);
    }
    return images;
  }

  private *untilDeath(daemon: Daemon): Process {
    try {
      yield* waitFor(new Latch());
    } finally {
      for (const sandbox of this.byUid.values()) this.lose(daemon, sandbox);
      this.byUid.clear();
      this.accesses.clear();
    }
  }

  private lose(daemon: Daemon, sandbox: Sandbox): void {
    for (const container of sandbox.containers) {
      if (container.state === "running")
        daemon.tell(containerExited, `${sandbox.key}/${container.name}`, {
          ...this.ofPod(sandbox),
          container: container.name,
          exitCode: KILLED_BY_SIGNAL,
          reason: "RuntimeLost",
        });
      container.begun?.settle();
    }
    daemon.tell(podStopped, sandbox.key, this.ofPod(sandbox));
    sandbox.emptied?.settle();
    this.changed(sandbox);
  }

  private *live(sandbox: Sandbox, container: RunningContainer, chosen: ChosenProgram): Process {
    const outcome = yield* chosen.program.run(new Handle(this, sandbox, container, chosen, this.draws));
    container.task = undefined;
    if (outcome !== STAYS) this.exited(sandbox, container, outcome, outcome === 0 ? "Completed" : "Error");
  }

  /** The process of a container is up. Called by its program. */
  began(sandbox: Sandbox, container: RunningContainer): void {
    container.state = "running";
    container.startedAt = this.life.now();
    container.begun?.settle();
    container.begun = undefined;
    this.life.tell(containerStarted, `${sandbox.key}/${container.name}`, {
      ...this.ofPod(sandbox),
      container: container.name,
      restarts: container.restarts,
    });
    this.changed(sandbox);
  }

  /** A container writes a line. Called by its program. */
  wrote(container: RunningContainer, text: string): void {
    container.logged.append(this.life.now(), text);
  }

  /** A container became ready. Called by its program. */
  becameReady(sandbox: Sandbox, container: RunningContainer): void {
    container.ready = true;
    this.changed(sandbox);
  }

  private terminate(sandbox: Sandbox, container: RunningContainer, grace: Duration): void {
    const deadline = (this.life.now() + grace) as Instant;
    if (container.exitAt !== undefined && container.exitAt <= deadline) return;
    const spec = sandbox.specOf(container.name);
    const shutdown = container.exitAt === undefined ? this.shutdownTime(sandbox, spec) : FOREVER;
    const [wait, exitCode] = shutdown <= grace ? [shutdown, 0] : [grace, KILLED_BY_SIGNAL];
    container.exitAt = (this.life.now() + wait) as Instant;
    container.exitTimer?.cancel();
    container.exitTimer = this.life.after(wait, () =>
      this.exited(sandbox, container, exitCode, exitCode === 0 ? "Completed" : "Error"),
    );
  }

  private shutdownTime(sandbox: Sandbox, spec: Container): Duration {
    return durationOf(programFor(sandbox.pod, spec, this.rules), "shutdown", this.draws);
  }

  private exited(sandbox: Sandbox, container: RunningContainer, exitCode: number, reason: string): void {
    const ran = container.state === "running";
    const task = container.task;
    const begun = container.begun;
    container.end({ exitCode, reason, startedAt: container.startedAt, finishedAt: this.life.now() });
    task?.kill();
    begun?.settle();
    if (ran)
      this.life.tell(containerExited, `${sandbox.key}/${container.name}`, {
        ...this.ofPod(sandbox),
        container: container.name,
        exitCode,
        reason,
      });
    if (sandbox.emptied && !sandbox.active) {
      sandbox.emptied.settle();
      sandbox.emptied = undefined;
    }
    this.changed(sandbox);
  }

  private changed(sandbox: Sandbox): void {
    this.observer?.podChanged(sandbox.uid);
  }

  private ofPod(sandbox: Sandbox) {
    return { pod: sandbox.key, uid: sandbox.uid, node: this.life.host.name };
  }
}

/** What a program holds of its container while it starts; dropped when it stays. */
class Handle implements Running {
  private readonly runtime: ContainerRuntime;
  private readonly sandbox: Sandbox;
  private readonly container: RunningContainer;
  private readonly chosen: ChosenProgram;
  private readonly stream: Stream;

  constructor(
    runtime: ContainerRuntime,
    sandbox: Sandbox,
    container: RunningContainer,
    chosen: ChosenProgram,
    stream: Stream,
  ) {
    this.runtime = runtime;
    this.sandbox = sandbox;
    this.container = container;
    this.chosen = chosen;
    this.stream = stream;
  }

  duration(name: string): Duration {
    return durationOf(this.chosen, name, this.stream);
  }

  number(name: string): number {
    return settingOf(this.chosen.program, this.chosen.values, name) as number;
  }

  get pod(): Pod {
    return this.sandbox.pod;
  }

  api(): Client {
    return this.runtime.clientOf(this.sandbox.pod);
  }

  boolean(name: string): boolean {
    return settingOf(this.chosen.program, this.chosen.values, name) as boolean;
  }

  running(): void {
    this.runtime.began(this.sandbox, this.container);
  }

  ready(): void {
    this.runtime.becameReady(this.sandbox, this.container);
  }

  log(text: string): void {
    this.runtime.wrote(this.container, text);
  }
}
