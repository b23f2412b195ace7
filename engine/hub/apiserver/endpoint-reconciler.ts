/**
 * Keeps the Service `default/kubernetes` and its endpoints: which API servers there are, found out by leases in etcd, which each server renews every ten
 * seconds and which count for fifteen (`pkg/controlplane/reconcilers/lease.go`, `controller/kubernetesservice/controller.go`). A server that stops in
 * good order takes itself out first; of one that dies the others notice at the next look after its lease has run out, 15 to 25 s later.
 *
 * Left out: the legacy Endpoints object of the same content.
 */
import { type EndpointSlice, LABEL_SERVICE_NAME } from "../../api/kinds/endpoint-slice.ts";
import type { MasterLease } from "../../api/kinds/master-lease.ts";
import type { Service } from "../../api/kinds/service.ts";
import { newMeta } from "../../api/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/wire.ts";
import type { Instant } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { Daemon } from "../../world/daemon.ts";
import { EtcdError } from "../etcd/protocol.ts";
import type { ApiServerSettings } from "../settings.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { LOOPBACK } from "./loopback.ts";

const KEY = "default/kubernetes";
/** The first address of `--service-cluster-ip-range`, as kubeadm has it. */
const CLUSTER_IP = "10.96.0.1";
const PORT = 443;

export interface EndpointReconcilerOptions {
  readonly daemon: Daemon;
  readonly settings: ApiServerSettings;
  readonly link: EtcdClient;
  /** The address that it announces. */
  readonly hostname: string;
  readonly port: number;
  readonly request: (request: ApiRequest) => Process<ApiResponse>;
}

export class EndpointReconciler {
  private readonly options: EndpointReconcilerOptions;
  private stopped = false;

  constructor(options: EndpointReconcilerOptions) {
    this.options = options;
  }

  /** Every interval, whatever came of the last: the Service, one's own lease, the endpoints. */
  *keep(): Process {
    for (;;) {
      yield* this.ensureService();
      if (yield* this.renew()) yield* this.reconcile();
      yield* sleep(this.options.settings.endpointReconcileInterval);
      if (this.stopped) return;
    }
  }

  /** The server stops: its lease goes, and with it its endpoint. */
  *remove(): Process {
    const { link, hostname } = this.options;
    this.stopped = true;
    const found = yield* link.inquire({ method: "get", kind: "MasterLease", key: hostname });
    if (found instanceof EtcdError || found.object === undefined) return;
    yield* this.write(found.object.metadata.resourceVersion, undefined);
    yield* this.reconcile();
  }

  private *ensureService(): Process {
    const found = yield* this.ask("get", "Service");
    if (found.error?.reason === "NotFound") yield* this.ask("create", "Service", kubernetesService(this.options.port));
  }

  /** False when etcd does not answer, or somebody else writes the same lease. */
  private *renew(): Process<boolean> {
    const { link, hostname, daemon } = this.options;
    const found = yield* link.inquire({ method: "get", kind: "MasterLease", key: hostname });
    if (found instanceof EtcdError) return false;
    const metadata = found.object?.metadata ?? newMeta({ name: hostname });
    const lease: MasterLease = { apiVersion: "v1", kind: "MasterLease", metadata, renewTime: daemon.now() };
    return yield* this.write(metadata.resourceVersion, lease);
  }

  private *write(expected: number, object: MasterLease | undefined): Process<boolean> {
    const { link, hostname, daemon } = this.options;
    const by = { by: LOOPBACK.name, from: daemon.host.name };
    const transaction = { kind: "MasterLease", key: hostname, expected, object, ...by } as const;
    const outcome = yield* link.inquire({ method: "txn", transaction });
    return !(outcome instanceof EtcdError) && outcome.succeeded;
  }

  /** Makes the endpoints those whose leases count. Never empties them (`no API server IP addresses were listed in storage, refusing to erase all`). */
  private *reconcile(): Process {
    const { daemon, link, settings, port } = this.options;
    const listed = yield* link.inquire({ method: "list", kind: "MasterLease" });
    if (listed instanceof EtcdError) return;
    const deadline = (daemon.now() - settings.endpointLeaseTtl) as Instant;
    const alive = (listed.objects as readonly MasterLease[]).filter(({ renewTime }) => renewTime > deadline);
    const addresses = alive.map(({ metadata }) => metadata.name).sort();
    if (addresses.length === 0) return;
    const wanted = kubernetesEndpoints(addresses, port);
    const found = yield* this.ask("get", "EndpointSlice");
    if (found.error?.reason === "NotFound") yield* this.ask("create", "EndpointSlice", wanted);
    else if (found.object && addressesOf(found.object as EndpointSlice) !== addresses.join(" "))
      yield* this.ask("update", "EndpointSlice", { ...wanted, metadata: found.object.metadata });
  }

  private *ask(
    verb: "get" | "create" | "update",
    kind: "Service" | "EndpointSlice",
    object?: Service | EndpointSlice,
  ): Process<ApiResponse> {
    const request = { verb, kind, key: KEY, user: LOOPBACK };
    return yield* this.options.request(object === undefined ? request : { ...request, object });
  }
}

const addressesOf = ({ endpoints }: EndpointSlice): string => endpoints.flatMap(({ addresses }) => addresses).join(" ");

const kubernetesService = (targetPort: number): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: newMeta({
    name: "kubernetes",
    namespace: "default",
    labels: { component: "apiserver", provider: "kubernetes" },
  }),
  spec: {
    type: "ClusterIP",
    clusterIP: CLUSTER_IP,
    ports: [{ name: "https", protocol: "TCP", port: PORT, targetPort }],
    sessionAffinity: "None",
  },
  status: {},
});

const kubernetesEndpoints = (addresses: readonly string[], port: number): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: newMeta({ name: "kubernetes", namespace: "default", labels: { [LABEL_SERVICE_NAME]: "kubernetes" } }),
  addressType: "FQDN",
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  ports: [{ name: "https", protocol: "TCP", port }],
});
