/** Everything about a cluster that a scenario decides, with every default filled in. */
import type { ResourceList } from "../api/kinds/node.ts";
import type { Labels } from "../api/object.ts";
import type { Taint } from "../api/taint.ts";
import type { Duration } from "../base/units.ts";
import type { ControllerManagerSettings, SchedulerSettings } from "../control/settings.ts";
import type { HealthCheckSettings } from "../hub/load-balancer.ts";
import type { ApiServerSettings, EtcdSettings } from "../hub/settings.ts";
import type { WebhookBackend } from "../hub/webhook/server.ts";
import type { KubeletSettings, ProgramRule, RuntimeSettings } from "../node/settings.ts";
import type { Latency } from "../world/network.ts";

export interface ClusterSpec {
  /** `1.36`. */
  readonly version: string;
  readonly region: string;
  /** Zones of the nodes, in order. */
  readonly zones: readonly string[];
  readonly controlPlane: ControlPlaneSpec;
  readonly nodePools: readonly NodePoolSpec[];
  readonly programs: readonly ProgramRule[];
  readonly webhooks: readonly WebhookSpec[];
  readonly network: NetworkSpec;
  /** Clock errors of the machines, drawn for each: normal with these deviations. */
  readonly clocks: { readonly offsetDeviation: Duration; readonly rateDeviationPpm: number };
}

/**
 * Machine `control-plane-i` runs the i-th replica of each component that has so many, and lies in the i-th of `zones` (round and round).
 * Without zones of its own the control plane lies in a zone apart, as a provider runs it, so that losing a zone of nodes spares it.
 */
export interface ControlPlaneSpec {
  readonly zones: readonly string[];
  readonly etcd: { readonly members: number; readonly settings: EtcdSettings };
  readonly apiServers: ApiServersSpec;
  readonly controllerManager: { readonly replicas: number; readonly settings: ControllerManagerSettings };
  readonly scheduler: { readonly replicas: number; readonly settings: SchedulerSettings };
  /** How long a component that ended is down before its supervisor starts it again. */
  readonly restartDelay: Duration;
}

/**
 * How clients find one of the API servers. `dns`: the addresses of all, in turn. `balancer`: the one of a load balancer with health checks, on a
 * machine of its own. `fixed`: one address and no other; on a control-plane machine its own server's.
 */
export type LoadBalancing = "dns" | "balancer" | "fixed";

export interface ApiServersSpec {
  readonly replicas: number;
  readonly settings: ApiServerSettings;
  readonly loadBalancing: LoadBalancing;
  /** `--etcd-servers`. `local`: the member on its own machine, if there is one, and no other. */
  readonly etcdServers: "local" | "all";
  readonly healthCheck: HealthCheckSettings;
  /** How API servers reach nodes: directly, or through tunnels that agents on the nodes have dialed. */
  readonly egress: "direct" | "konnectivity";
}

export interface NodePoolSpec {
  readonly name: string;
  readonly count: number;
  /** Node i lies in the (i mod n)-th. */
  readonly zones: readonly string[];
  readonly capacity: ResourceList;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly kubelet: KubeletSettings;
  readonly runtime: RuntimeSettings;
  /** The machine of the API server whose address the kubelets have, where addresses are fixed. */
  readonly apiServer: string;
  /** How the kubelets show at first who they are: by a certificate that runs out at a moment of the run, or by asking for one with a token. */
  readonly certificates: {
    readonly bootstrap: "certificate" | "tls-bootstrap";
    readonly expires: Duration;
    /** How long before that it was made. */
    readonly validity: Duration;
  };
  /** Nodes boot spread evenly over this long, so that their heartbeats are not in step. */
  readonly bootOver: Duration;
}

export interface NetworkSpec {
  readonly sameHost: Latency;
  readonly sameZone: Latency;
  readonly crossZone: Latency;
  /** After so long without a frame a client pings its API server (0: never), and gives the connection up when no answer comes. */
  readonly http2ReadIdleTimeout: Duration;
  readonly http2PingTimeout: Duration;
}

/** The backend of an admission webhook, on a machine of its own. */
export interface WebhookSpec extends WebhookBackend {
  /** Undefined: where the control plane lies that has no zones of its own. */
  readonly zone: string | undefined;
}

/** A room with a device that measures and heats, for a Thermostat to govern. */
export interface RoomSpec {
  /** Namespace and name of its Thermostat. */
  readonly namespace: string;
  readonly thermostat: string;
  /** Degrees Celsius at the start, and of what lies around it. */
  readonly temperature: number;
  readonly outside: number;
  /** Degrees an hour that the heater adds. */
  readonly heating: number;
  /** The time in which an unheated room loses all but 1/e of its difference to the outside. */
  readonly insulation: Duration;
  /** How often the device reports the temperature and looks whether it shall heat. */
  readonly reports: Duration;
}
