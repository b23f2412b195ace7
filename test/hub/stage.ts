/**
 * A hub in a small world: one etcd, as many API servers as asked for, and people who speak to them over the network. Every object that passes is
 * frozen to the bottom. Each one-way trip takes a millisecond, each sync of the disk four; requests take no processing.
 */
import type { Credential } from "../../engine/api/certificate.ts";
import type { KindName } from "../../engine/api/kinds/registry.ts";
import { type KubeObject, keyOf } from "../../engine/api/object.ts";
import type { ApiRequest, ApiResponse, Claim, WatchEvent, WatchFrame, WatchOptions } from "../../engine/api/wire.ts";
import { type Duration, type Instant, microseconds, milliseconds, minutes, seconds } from "../../engine/base/units.ts";
import { ClusterPki } from "../../engine/cluster/pki.ts";
import { apiServer } from "../../engine/hub/apiserver/api-server.ts";
import { EtcdLink, type Reply } from "../../engine/hub/apiserver/etcd-link.ts";
import { etcd, storeOn } from "../../engine/hub/etcd/member.ts";
import type { EtcdRequest, Method } from "../../engine/hub/etcd/protocol.ts";
import type { Store } from "../../engine/hub/etcd/store.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS } from "../../engine/hub/fairness/default-configuration.ts";
import { storeCommitted } from "../../engine/hub/happening.ts";
import type { ApiServerSettings, EtcdSettings } from "../../engine/hub/settings.ts";
import { WEBHOOK_PORT, type WebhookBackend, webhookServer } from "../../engine/hub/webhook/server.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { type Process, waitFor } from "../../engine/kernel/process.ts";
import type { Daemon } from "../../engine/world/daemon.ts";
import type { DaemonControl } from "../../engine/world/host.ts";
import { CallError, type RpcClient, type RpcStream, rpcClient } from "../../engine/world/rpc.ts";
import { streamGate } from "../../engine/world/stream-gate.ts";
import { World } from "../../engine/world/world.ts";
import { frozen } from "./objects.ts";

export const SETTINGS: ApiServerSettings = {
  requestTimeout: seconds(60),
  minRequestTimeout: seconds(1_800),
  etcdCompactionInterval: minutes(5),
  defaultNotReadyTolerationSeconds: 300,
  defaultUnreachableTolerationSeconds: 300,
  maxRequestsInFlight: 400,
  maxMutatingRequestsInFlight: 200,
  enablePriorityAndFairness: true,
  flowControl: { levels: DEFAULT_LEVELS, schemas: DEFAULT_SCHEMAS },
  cpu: { cores: 0, perRequest: 0 as Duration, perKilobyte: 0 as Duration, perRefusal: 0 as Duration },
  processing: { minimum: 0 as Duration, median: 0 as Duration, sigma: 0 },
  consistentListFromCache: true,
  watchCacheSize: 100,
  bookmarkPeriod: minutes(1),
  identityLeaseDurationSeconds: 3_600,
  identityLeaseRenewInterval: seconds(10),
  endpointReconcileInterval: 0 as Duration,
  endpointLeaseTtl: seconds(15),
  shutdownDelayDuration: 0 as Duration,
  goawayChance: 0,
  authorizationMode: ["Node", "RBAC"],
  anonymousAuth: true,
  serviceAccountAdmission: false,
  nodeRestriction: true,
  extendTokenExpiration: true,
  kubeletTimeout: seconds(5),
  kubeletCertificateAuthority: false,
  certificateVerification: microseconds(300),
};

export const ETCD_SETTINGS: EtcdSettings = {
  fsync: { minimum: milliseconds(4), median: milliseconds(4), sigma: 0 },
  requestTimeout: seconds(7),
  heartbeatInterval: milliseconds(100),
  electionTimeout: seconds(1),
  electionSpread: seconds(1),
  preVote: true,
  checkQuorum: true,
  resetOnNewTerm: true,
  snapshotCount: 10_000,
  quotaBackendBytes: 2 ** 31,
  consistentIndex: "atomic",
};

const HOP = { minimum: milliseconds(1), median: milliseconds(1), sigma: 0 };
const SYNC = { minimum: milliseconds(4), median: milliseconds(4), sigma: 0 };
const USER: Claim = { name: "alice", groups: [] };

export type Asked = Omit<ApiRequest, "user" | "key"> & { readonly key?: string; readonly user?: Claim };

/** What came over a watch: its status, its frames, and whether and how it is over. */
export interface Seen {
  status: ApiResponse | undefined;
  readonly frames: WatchFrame[];
  readonly stream: RpcStream;
  readonly events: WatchEvent[];
}

export class Hub {
  readonly kernel: Kernel;
  readonly world: World;
  /** The first etcd member, and all of them. */
  readonly etcd: DaemonControl;
  readonly members: readonly DaemonControl[];
  readonly servers: DaemonControl[] = [];
  readonly commits: string[] = [];
  readonly pki: ClusterPki;
  private shown: Credential | undefined;
  private person!: Daemon;
  private readonly lines = new Map<number, RpcClient>();

  constructor({
    servers = 1,
    members = 1,
    settings = {},
    etcdSettings = {},
    seed = 1,
    secure = false,
    webhooks = [],
  }: {
    servers?: number;
    /** Of etcd, on hosts `etcd`, `etcd-1`, …. API server i watches at member i, and asks all of them in turn. */
    members?: number;
    settings?: Partial<ApiServerSettings>;
    etcdSettings?: Partial<EtcdSettings>;
    seed?: number;
    secure?: boolean;
    webhooks?: readonly WebhookBackend[];
  } = {}) {
    this.kernel = new Kernel({ seed });
    this.pki = new ClusterPki(this.kernel.random);
    this.kernel.trace.on(storeCommitted, ({ detail }) => {
      frozen(detail.object);
      this.commits.push(`${detail.type} ${detail.kind}/${detail.key}`);
    });
    this.world = new World(this.kernel, {
      latency: { sameHost: HOP, sameZone: HOP, crossZone: HOP },
      restartDelay: seconds(1),
      disk: SYNC,
    });
    const hosts = Array.from({ length: members }, (_, i) => (i === 0 ? "etcd" : `etcd-${i}`));
    const peers = hosts.map((host) => ({ host, port: 2380 }));
    this.members = hosts.map((host, i) =>
      this.install(host, "etcd", etcd({ settings: { ...ETCD_SETTINGS, ...etcdSettings }, id: i + 1, peers })),
    );
    this.etcd = this.members[0]!;
    const backends = new Map(webhooks.map(({ name }) => [name, { host: `webhook-${name}`, port: WEBHOOK_PORT }]));
    for (const webhook of webhooks)
      this.install(`webhook-${webhook.name}`, "webhook", webhookServer(webhook)).host.boot();
    for (let i = 0; i < servers; i++) {
      const endpoints = hosts.map((_, k) => ({ host: hosts[(i + k) % members]!, port: 2379 }));
      const software = apiServer({
        settings: { ...SETTINGS, ...settings },
        etcd: endpoints,
        etcdTimeout: seconds(members === 1 ? 7 : 60),
        security: secure ? this.pki.server(`master-${i}`) : undefined,
        webhooks: backends,
      });
      this.servers.push(this.install(`master-${i}`, "kube-apiserver", software));
    }
    this.install("person", "kubectl", (daemon) => {
      this.person = daemon;
    });
    for (const member of this.members) member.host.boot();
    this.world.host("person").boot();
    for (const server of this.servers) server.host.boot();
    this.pass(seconds(members === 1 ? 2 : 5));
  }

  /** Lets time pass. */
  pass(duration: Duration): void {
    this.kernel.run((this.kernel.now + duration) as Instant);
  }

  /** From here on the person dials with this certificate, or with none. */
  shows(credential: Credential | undefined): void {
    this.shown = credential;
    this.lines.clear();
  }

  /** The person's program, for clients that dial for themselves. */
  get daemon(): Daemon {
    return this.person;
  }

  /** Asks an API server and waits for the answer, half a minute of steps at most; a CallError when there was none. */
  ask(asked: Asked, server = 0, limit?: Duration): ApiResponse | CallError {
    const answer = this.send(asked, server, limit);
    for (let step = 0; step < 100_000 && answer.response === undefined; step++) this.pass(milliseconds(1));
    return answer.response!;
  }

  /** GET of a path that is no resource. */
  path(path: string, server = 0): ApiResponse | undefined {
    const answer = this.send({ path } as unknown as Asked, server);
    for (let step = 0; step < 10_000 && answer.response === undefined; step++) this.pass(milliseconds(1));
    return answer.response instanceof CallError ? undefined : answer.response;
  }

  /** Asks a member itself, as etcdctl does. */
  etcdctl<M extends Method>(request: Extract<EtcdRequest, { readonly method: M }>, member = 0): Reply<M> {
    const link = new EtcdLink(this.person, [{ host: this.members[member]!.host.name, port: 2379 }], seconds(60));
    let reply: Reply<M> | undefined;
    link.start("etcdctl");
    link.ask<M>(request, (answer) => {
      reply = answer;
    });
    for (let step = 0; step < 100_000 && reply === undefined; step++) this.pass(milliseconds(1));
    return reply!;
  }

  /** The store on each member's disk. */
  get stores(): readonly Store[] {
    return this.members.map(({ host }) => storeOn(host.disk.files)!);
  }

  /** Stops what etcd's watch brings to an API server: its caches stand still. */
  freeze(server: number): () => void {
    return this.servers[server]!.lever(streamGate).delay(undefined, minutes(60));
  }

  /** Asks without waiting. */
  send(asked: Asked, server = 0, limit?: Duration): { response: ApiResponse | CallError | undefined } {
    const answer: { response: ApiResponse | CallError | undefined } = { response: undefined };
    this.person.spawn("ask", this.asking(asked, server, limit, answer));
    return answer;
  }

  /** The object of a request that must succeed. */
  done<T extends KubeObject>(asked: Asked, server = 0): T {
    const response = this.ask(asked, server);
    if (response instanceof CallError || !response.object) throw new Error(JSON.stringify(response));
    return frozen(response.object) as T;
  }

  create<T extends KubeObject>(object: T): T {
    return this.done({ verb: "create", kind: object.kind as KindName, object });
  }

  watch(kind: KindName, options: WatchOptions = {}, server = 0): Seen {
    const seen: { -readonly [K in keyof Seen]: Seen[K] } = {
      status: undefined,
      frames: [],
      events: [],
      stream: undefined as unknown as RpcStream,
    };
    this.person.spawn("watch", this.watching(kind, options, server, seen));
    this.pass(milliseconds(10));
    return seen;
  }

  cut(a: string, b: string): () => void {
    return this.world.network.partition([this.world.host(a)], [this.world.host(b)]);
  }

  private *asking(asked: Asked, server: number, limit: Duration | undefined, answer: { response: unknown }): Process {
    const line = yield* this.line(server);
    try {
      answer.response = yield* line.call({ key: asked.object ? keyOf(asked.object) : "", user: USER, ...asked }, limit);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      answer.response = error;
    }
  }

  private *watching(
    kind: KindName,
    options: WatchOptions,
    server: number,
    seen: { -readonly [K in keyof Seen]: Seen[K] },
  ): Process {
    const line = yield* this.line(server);
    seen.stream = line.stream({ verb: "watch", kind, key: "", user: USER, watch: options }, (frame) => {
      if (!Array.isArray(frame)) seen.status = frame as ApiResponse;
      else {
        seen.frames.push(frame);
        seen.events.push(...frame);
      }
    });
    yield* waitFor(seen.stream.ended);
  }

  private *line(server: number): Process<RpcClient> {
    const known = this.lines.get(server);
    if (known?.open) return known;
    const connection = yield* this.person.dial(
      { host: `master-${server}`, port: 6443 },
      undefined,
      undefined,
      this.shown,
    );
    const line = rpcClient(this.person, connection);
    this.lines.set(server, line);
    return line;
  }

  private install(host: string, name: string, software: (daemon: Daemon) => void): DaemonControl {
    return this.world
      .addHost({ name: host, region: "r", zone: "a", role: "control-plane", pool: undefined })
      .install(name, software);
  }
}

/** `ADDED web`, `DELETED web`, `BOOKMARK 12`, `ERROR …`. */
export const brief = (event: WatchEvent): string =>
  event.type === "BOOKMARK"
    ? `BOOKMARK ${event.resourceVersion}`
    : event.type === "ERROR"
      ? `ERROR ${event.error}`
      : `${event.type} ${event.object.metadata.name}`;
