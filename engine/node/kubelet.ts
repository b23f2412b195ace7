/**
 * The agent of one node: registers it, renews its lease, reports its status, and runs the pods that are bound to it. Everything that it knows
 * comes from its own watches and from the container runtime beside it; a restart forgets the rest (back-off series, report times) while
 * containers run on.
 *
 * Left out: probes (programs say when a container is ready), node-pressure eviction, static pods, graceful node shutdown, volumes, serving certificates.
 * Consequences: nothing but exits restarts a container, nodes never evict, and a kubelet without API starts nothing new. Kubernetes Events are
 * written when something goes wrong, not for the usual course (Pulled, Created, Started, Killing), which spares several writes a pod.
 */
import type { Credential, TrustBundle } from "../api/certificate.ts";
import { type Lease, leaseWith } from "../api/kinds/lease.ts";
import { joinKey, type KubeObject } from "../api/object.ts";
import type { User } from "../api/wire.ts";
import { type Duration, seconds } from "../base/units.ts";
import { type Client, createClient } from "../client/client.ts";
import { createEventRecorder, type EventRecorder } from "../client/event-recorder.ts";
import { type Informers, sharedInformers } from "../client/informer.ts";
import { keepLease } from "../client/lease-keeper.ts";
import { createTransport, type Transport } from "../client/transport.ts";
import type { Process } from "../kernel/process.ts";
import type { Address, Daemon, Software } from "../world/daemon.ts";
import { ClientCertificate } from "./client-certificate.ts";
import { type KubeletServerOptions, serveKubelet } from "./kubelet-server.ts";
import { register } from "./node-registration.ts";
import { NodeReporter } from "./node-reporter.ts";
import { PodWorkers } from "./pod-workers.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { KubeletSettings, NodeDescription, ProgramRule } from "./settings.ts";
import { bootstrap, mustBootstrap } from "./tls-bootstrap.ts";

export interface KubeletOptions {
  readonly settings: KubeletSettings;
  readonly node: NodeDescription;
  readonly servers: readonly Address[];
  /** The cluster's CA. With it, the kubelet shows the client certificate that lies on its disk, or asks for one. */
  readonly trust?: TrustBundle;
  /** What it shows to API servers that dial it. Together with `trust`, which says whom it believes; without either, it serves nobody. */
  readonly serving?: () => Credential;
  /** What containers do; handed on to the runtime. */
  readonly rules: readonly ProgramRule[];
  /** The runtime of the same machine. */
  readonly runtime: ContainerRuntime;
}

const LEASE_NAMESPACE = "kube-node-lease";
/** `nodeLeaseRenewIntervalFraction`. */
const RENEW_FRACTION = 0.25;
/** client-go's sign for a client without a token bucket. */
const UNTHROTTLED = -1;

/** The software of the daemon `kubelet`. */
export function kubelet(options: KubeletOptions): Software {
  options.runtime.runs(options.rules);
  options.runtime.leads(options.servers, options.trust);
  return (daemon) => {
    const { trust, settings, node, servers } = options;
    const certificate = trust && new ClientCertificate(daemon, trust, settings.rotateCertificates);
    const start = () => new Kubelet(daemon, options, certificate).start();
    if (certificate === undefined || !mustBootstrap(daemon, certificate)) start();
    else daemon.spawn("tls bootstrap", bootstrapped(bootstrap(daemon, servers, node.name, certificate), start));
  };
}

function* bootstrapped(bootstrapping: Process<boolean>, start: () => void): Process {
  if (yield* bootstrapping) start();
}

/** One life of a kubelet. */
class Kubelet implements EventRecorder {
  private readonly daemon: Daemon;
  private readonly options: KubeletOptions;
  private readonly user: User;
  private readonly transport: Transport;
  private readonly certificate: ClientCertificate | undefined;
  private readonly client: Client;
  /** Without a token bucket, so that a heartbeat never waits behind pods. */
  private readonly heartbeat: Client;
  /** Made for the first event: most kubelets never tell one. */
  private recorder: EventRecorder | undefined;
  private readonly informers: Informers;
  private readonly reporter: NodeReporter;
  private readonly workers: PodWorkers;

  constructor(daemon: Daemon, options: KubeletOptions, certificate: ClientCertificate | undefined) {
    const { settings, node, servers, runtime } = options;
    const { kubeApiQps: qps, kubeApiBurst: burst } = settings;
    const user = { name: `system:node:${node.name}`, groups: ["system:nodes", "system:authenticated"] };
    this.daemon = daemon;
    this.options = options;
    this.user = user;
    this.certificate = certificate;
    this.transport = createTransport(daemon, servers, certificate);
    this.client = createClient(daemon, { user, servers, qps, burst }, this.transport);
    this.heartbeat = createClient(
      daemon,
      { user, servers, qps: UNTHROTTLED, burst: UNTHROTTLED, ...heartbeatLimit(settings) },
      settings.heartbeatConnection === "shared" ? this.transport : createTransport(daemon, servers, certificate),
    );
    this.informers = sharedInformers(daemon, this.client, settings);
    const nodes = this.informers.of("Node", { fieldSelector: { field: "metadata.name", value: node.name } });
    const pods = this.informers.of("Pod", { fieldSelector: { field: "spec.nodeName", value: node.name } });
    this.reporter = new NodeReporter({
      daemon,
      client: this.heartbeat,
      runtime,
      settings,
      description: node,
      nodes,
      onRepeatedFailure: () => this.dropConnections(),
    });
    const { client } = this;
    this.workers = new PodWorkers({ daemon, client, runtime, settings, events: this, node: node.name, pods, nodes });
  }

  start(): void {
    const { serving, trust } = this.options;
    if (serving !== undefined && trust !== undefined) serveKubelet(this.daemon, serving, () => this.servedWith(trust));
    this.informers.start();
    this.daemon.spawn("node registration", this.introduce());
    this.daemon.spawn("pods", this.takeStock());
    this.daemon.spawn("node lease", this.renew());
    this.certificate?.start(this.options.node.name, this.client, () => this.redial());
  }

  private servedWith(clientCa: TrustBundle): KubeletServerOptions {
    const { daemon, client } = this;
    const { runtime, settings, node } = this.options;
    return { daemon, client, node: node.name, runtime, settings, clientCa };
  }

  /** Tells people, over a client with a token bucket of its own (eventRecordQPS 50, burst 100, like the other one). */
  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void {
    if (this.recorder === undefined) {
      const { kubeApiQps: qps, kubeApiBurst: burst } = this.options.settings;
      const client = createClient(
        this.daemon,
        { user: this.user, servers: this.options.servers, qps, burst },
        this.transport,
      );
      this.recorder = createEventRecorder(this.daemon, client, "kubelet");
    }
    this.recorder.event(about, type, reason, message);
  }

  private *introduce(): Process {
    const { node, settings } = this.options;
    yield* register(this.daemon, this.client, node, settings);
    this.reporter.start();
  }

  private *takeStock(): Process {
    yield* this.informers.waitForSync();
    this.workers.start();
  }

  private renew(): Process<never> {
    const { node, settings } = this.options;
    return keepLease({
      daemon: this.daemon,
      client: this.heartbeat,
      lease: joinKey(LEASE_NAMESPACE, node.name),
      holder: node.name,
      durationSeconds: settings.nodeLeaseDurationSeconds,
      renewInterval: Math.round(seconds(settings.nodeLeaseDurationSeconds) * RENEW_FRACTION) as Duration,
      complete: (lease) => (lease.metadata.ownerReferences?.length ? undefined : this.owned(lease)),
      onRepeatedFailure: () => this.dropConnections(),
    });
  }

  /** The lease goes when its node goes: until it says so, the node is looked up; without a node there is no lease (`SetNodeOwnerFunc`). */
  private *owned(lease: Lease): Process<Lease> {
    const { apiVersion, kind, metadata } = yield* this.heartbeat.get("Node", this.options.node.name);
    const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
    return leaseWith({ ...lease.metadata, ownerReferences: [owner] }, lease.spec);
  }

  /** A new certificate is shown in new handshakes only, so every connection is made anew. */
  private redial(): void {
    this.heartbeat.closeConnections();
    this.client.closeConnections();
  }

  /** `closeAllConns`: whatever hangs is given up, the next request dials anew. Since 1.24 active connections are left to the HTTP/2 health check. */
  private dropConnections(): void {
    if (!this.options.settings.closeConnections) return;
    this.redial();
  }
}

/** A heartbeat waits for its answer no longer than its client's limit, nor than the lease lasts; without a limit, as long as its connection. */
const heartbeatLimit = ({ heartbeatTimeout, nodeLeaseDurationSeconds }: KubeletSettings): { timeout?: Duration } =>
  heartbeatTimeout === 0 ? {} : { timeout: Math.min(heartbeatTimeout, seconds(nodeLeaseDurationSeconds)) as Duration };
