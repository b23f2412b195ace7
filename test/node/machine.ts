/**
 * A machine with a container runtime and the pod part of a kubelet, and an API of its own that is nothing but a map: what is written is stored at
 * once and comes back to the kubelet's copies a millisecond later. `api.down` makes every request fail.
 */
import { ApiError, connectionLost, notFound } from "../../engine/api/error.ts";
import { type Node, node as nodeKind } from "../../engine/api/kinds/node.ts";
import type { Pod, PodSpec } from "../../engine/api/kinds/pod.ts";
import { type Key, type KubeObject, keyOf, newMeta } from "../../engine/api/object.ts";
import type { DeleteOptions } from "../../engine/api/wire.ts";
import { type Duration, hours, type Instant, milliseconds, minutes, seconds } from "../../engine/base/units.ts";
import type { Client, PatchOptions } from "../../engine/client/client.ts";
import type { Informer, InformerHandler } from "../../engine/client/informer.ts";
import { RUNTIME } from "../../engine/experiment/scenario/defaults.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { type Process, sleep } from "../../engine/kernel/process.ts";
import type { Scope } from "../../engine/kernel/scope.ts";
import { TraceName } from "../../engine/kernel/trace.ts";
import { initialNode } from "../../engine/node/node-status.ts";
import { PodWorkers } from "../../engine/node/pod-workers.ts";
import { ContainerRuntime, containerRuntime } from "../../engine/node/runtime.ts";
import type { KubeletSettings, NodeDescription, ProgramRule } from "../../engine/node/settings.ts";
import type { Daemon } from "../../engine/world/daemon.ts";
import { Levers } from "../../engine/world/lever.ts";

export const SETTINGS: KubeletSettings = {
  nodeStatusUpdateFrequency: seconds(10),
  nodeStatusReportFrequency: minutes(5),
  nodeLeaseDurationSeconds: 40,
  rotateCertificates: false,
  nodeSize: 0,
  reflectorBackoff: "restarting",
  kubeApiQps: 50,
  firstRead: "consistent",
  kubeApiBurst: 100,
  maxPods: 110,
  closeConnections: true,
  heartbeatTimeout: seconds(10),
  heartbeatConnection: "own",
  statusCompare: "api",
  anonymousAuth: false,
  authorizationMode: "Webhook",
  streamingConnectionIdleTimeout: seconds(4 * 3_600),
  servingCertificate: "cluster",
  crashLoopInitial: seconds(10),
  crashLoopMax: seconds(300),
  crashLoopReset: seconds(600),
};

export const DESCRIPTION: NodeDescription = {
  name: "n1",
  capacity: { cpu: "4", memory: "8Gi", pods: "110" },
  labels: { disk: "ssd" },
  registerWithTaints: [],
};

/** A node as its kubelet would have registered it. */
export const aNode = (change: Partial<Node> = {}): Node => ({
  ...initialNode(DESCRIPTION, SETTINGS, 0 as Instant),
  ...change,
});

let uids = 0;

/** A pod bound to n1 with one container `app` and a tagged image. */
export function aPod(name: string, spec: Partial<PodSpec> = {}, meta: Partial<Pod["metadata"]> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...newMeta({ name, namespace: "default" }), uid: `uid-${uids++}`, resourceVersion: 1, ...meta },
    spec: {
      containers: [{ name: "app", image: "app:1" }],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      nodeName: "n1",
      ...spec,
    },
    status: { phase: "Pending" },
  };
}

/** A daemon without a world around it. */
export function bareDaemon(kernel: Kernel, name: string, files = new Map<string, unknown>()): Daemon {
  const scope: Scope = kernel.scope(kernel.source(`n1/${name}`));
  const host = { name: "n1" };
  const told = new TraceName("n1");
  const levers = new Levers();
  return {
    name,
    host,
    scope,
    disk: { files, syncTime: () => milliseconds(1) },
    now: () => kernel.now,
    spawn: (task: string, process: Process<unknown>) => scope.spawn(task, process),
    after: (duration: Duration, callback: () => void) => scope.after(duration, callback),
    random: (stream: string) => kernel.random.stream(`n1/${name}/${stream}`),
    keyed: (stream: string) => kernel.random.keyed(`n1/${name}/${stream}`),
    lever: levers.of.bind(levers),
    listen: () => {},
    tell: (kind: never, subject: string, detail: never) => kernel.trace.tell(kind, told, subject, detail),
  } as unknown as Daemon;
}

const ECHO = milliseconds(1);

/** The kubelet's copy of one kind. */
class Copy<T extends KubeObject> {
  readonly objects = new Map<Key, T>();
  private handler: InformerHandler<T> | undefined;

  get(key: Key): T | undefined {
    return this.objects.get(key);
  }

  list(): readonly T[] {
    return [...this.objects.values()];
  }

  onChange(handler: InformerHandler<T>): void {
    this.handler = handler;
  }

  set(object: T): void {
    const old = this.objects.get(keyOf(object));
    this.objects.set(keyOf(object), object);
    if (old) this.handler?.updated?.(old, object);
    else this.handler?.added?.(object);
  }

  remove(object: T): void {
    if (this.objects.delete(keyOf(object))) this.handler?.deleted?.(object);
  }
}

/** The API as a map, and the record of what was asked of it. */
export class MapApi {
  down = false;
  readonly stored = new Map<string, KubeObject>();
  readonly requests: string[] = [];
  /** The copies of the life that runs now. */
  pods = new Copy<Pod>();
  nodes = new Copy<Node>();
  private readonly kernel: Kernel;
  private readonly echo: Scope;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.echo = kernel.scope(kernel.source("echo"));
  }

  pod(name: string): Pod | undefined {
    return this.stored.get(`Pod/default/${name}`) as Pod | undefined;
  }

  put(object: KubeObject): void {
    this.stored.set(`${object.kind}/${keyOf(object)}`, object);
    this.echo.after(ECHO, () => {
      if (object.kind === "Pod") this.pods.set(object as Pod);
      else if (object.kind === nodeKind.kind) this.nodes.set(object as Node);
    });
  }

  remove(object: KubeObject): void {
    this.stored.delete(`${object.kind}/${keyOf(object)}`);
    this.echo.after(ECHO, () => this.pods.remove(object as Pod));
  }

  /** What kubectl delete does. */
  deletePod(name: string, graceSeconds = 30): void {
    const pod = this.pod(name)!;
    const until = (this.kernel.now + seconds(graceSeconds)) as Instant;
    const metadata = { ...pod.metadata, deletionTimestamp: until, deletionGracePeriodSeconds: graceSeconds };
    this.put({ ...pod, metadata } as Pod);
  }

  readonly client = {
    get: (kind: string, key: Key) => this.request("get", kind, key, (stored) => stored),
    create: (kind: string, object: KubeObject) => this.creation(kind, object),
    patch: (kind: string, key: Key, change: (object: KubeObject) => KubeObject, options: PatchOptions = {}) =>
      this.request("patch", kind, key, (stored) => {
        if (options.uid && options.uid !== stored.metadata.uid) throw new ApiError(409, "Conflict", "another uid");
        const changed = change(stored);
        this.put(changed);
        return changed;
      }),
    delete: (kind: string, key: Key, options: DeleteOptions = {}) =>
      this.request(`delete ${options.gracePeriodSeconds}`, kind, key, (stored) => {
        this.remove(stored);
        return stored;
      }),
    closeConnections: () => {
      this.requests.push("close connections");
    },
  } as unknown as Client;

  private *creation(kind: string, object: KubeObject): Process<KubeObject> {
    this.requests.push(`create ${kind} ${keyOf(object)}`);
    yield* sleep(milliseconds(2));
    if (this.down) throw connectionLost("the API is down");
    if (this.stored.has(`${kind}/${keyOf(object)}`)) throw new ApiError(409, "AlreadyExists", keyOf(object));
    this.put(object);
    return object;
  }

  private *request(verb: string, kind: string, key: Key, act: (stored: KubeObject) => KubeObject): Process<KubeObject> {
    this.requests.push(`${verb} ${kind} ${key}`);
    yield* sleep(milliseconds(2));
    if (this.down) throw connectionLost("the API is down");
    const stored = this.stored.get(`${kind}/${key}`);
    if (!stored) throw notFound(kind, key);
    return act(stored);
  }
}

/** The machine itself. Time passes with `play`. */
export class Machine {
  readonly kernel: Kernel;
  readonly api: MapApi;
  readonly runtime = new ContainerRuntime(RUNTIME);
  readonly told: { readonly kind: string; readonly at: number; readonly detail: Record<string, unknown> }[] = [];
  readonly events: string[] = [];
  workers!: PodWorkers;
  private readonly settings: KubeletSettings;
  private readonly files = new Map<string, unknown>();
  private containerd: Daemon | undefined;
  kubelet: Daemon | undefined;

  constructor(rules: readonly ProgramRule[] = [], seed = 1, settings: Partial<KubeletSettings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.kernel = new Kernel({ seed });
    this.api = new MapApi(this.kernel);
    this.kernel.trace.onEvery(({ kind, time, detail }) =>
      this.told.push({ kind, at: time, detail: detail as Record<string, unknown> }),
    );
    this.runtime.runs(rules);
    this.api.put(aNode());
    this.play(milliseconds(5));
    this.boot();
  }

  boot(): void {
    this.containerd = bareDaemon(this.kernel, "containerd", this.files);
    containerRuntime(this.runtime)(this.containerd);
    this.startKubelet();
    this.play(seconds(10));
  }

  startKubelet(): void {
    const daemon = bareDaemon(this.kernel, "kubelet", this.files);
    this.kubelet = daemon;
    this.api.pods = new Copy<Pod>();
    for (const stored of this.api.stored.values()) if (stored.kind === "Pod") this.api.pods.set(stored as Pod);
    this.workers = new PodWorkers({
      daemon,
      client: this.api.client,
      runtime: this.runtime,
      settings: this.settings,
      events: { event: (_, type, reason, message) => this.events.push(`${type} ${reason} ${message}`) },
      node: "n1",
      pods: this.api.pods as unknown as Informer<Pod>,
      nodes: this.api.nodes as unknown as Informer<Node>,
    });
    this.workers.start();
  }

  killKubelet(): void {
    this.kubelet!.scope.kill();
    this.api.pods.onChange({});
  }

  /** Kills containerd alone. */
  killRuntime(): void {
    this.containerd!.scope.kill();
  }

  crash(): void {
    this.killKubelet();
    this.killRuntime();
  }

  play(duration: Duration): void {
    this.kernel.run((this.kernel.now + duration) as Instant);
  }

  /** Plays until the condition holds; the time it took. Fails after an hour. */
  until(condition: () => boolean): Duration {
    const start = this.kernel.now;
    while (!condition()) {
      this.play(milliseconds(10));
      if (this.kernel.now - start > hours(1)) throw new Error("an hour has passed in vain");
    }
    return (this.kernel.now - start) as Duration;
  }

  times(kind: string): number[] {
    return this.told.filter((each) => each.kind === kind).map(({ at }) => at);
  }
}
