/** The numbers that a node is handed. Defaults, with sources: `experiment/scenario/defaults.ts`. */
import type { ResourceList } from "../api/kinds/node.ts";
import type { LabelSelector } from "../api/label.ts";
import type { Labels } from "../api/object.ts";
import type { Taint } from "../api/taint.ts";
import type { Duration } from "../base/units.ts";
import type { FirstRead, ReflectorBackoff } from "../client/reflector.ts";

export interface KubeletSettings {
  readonly nodeStatusUpdateFrequency: Duration;
  readonly nodeStatusReportFrequency: Duration;
  readonly nodeLeaseDurationSeconds: number;
  /** Ask for a new client certificate before the old one runs out. */
  readonly rotateCertificates: boolean;
  /** How large the Node object is, in bytes, with what is not modelled (images and more); 0: as large as it is. */
  readonly nodeSize: number;
  readonly reflectorBackoff: ReflectorBackoff;
  readonly kubeApiQps: number;
  readonly kubeApiBurst: number;
  /** Freshness of the first list of its pods and of its Node. */
  readonly firstRead: FirstRead;
  readonly maxPods: number;
  /** When a heartbeat has failed twice in a row, give up the connections and dial anew. */
  readonly closeConnections: boolean;
  /** How long a heartbeat waits for its answer, never longer than the lease lasts. 0: for ever, until its connection ends. */
  readonly heartbeatTimeout: Duration;
  /** Whether heartbeats have a connection of their own, or share that of everything else. */
  readonly heartbeatConnection: "own" | "shared";
  /** What a pod's status is compared with to see whether it has to be written: what the API has, or only what was last sent. */
  readonly statusCompare: "api" | "sent";
  /** Of its own API: who shows no certificate is nobody in particular, or refused; and whether everybody known may everything. */
  readonly anonymousAuth: boolean;
  readonly authorizationMode: "Webhook" | "AlwaysAllow";
  readonly streamingConnectionIdleTimeout: Duration;
  /** Who signed what it shows to API servers: an authority of its own, or the cluster's. */
  readonly servingCertificate: "self-signed" | "cluster";
  /** First, largest wait between restarts of a container, and the run that resets it. */
  readonly crashLoopInitial: Duration;
  readonly crashLoopMax: Duration;
  readonly crashLoopReset: Duration;
}

/** What one machine of a pool is. */
export interface NodeDescription {
  readonly name: string;
  readonly capacity: ResourceList;
  readonly labels: Labels;
  readonly registerWithTaints: readonly Taint[];
}

/** What the containers of the selected pods do. The first rule that selects a pod counts; without one, the program is `steady`. */
export interface ProgramRule {
  readonly selector: LabelSelector;
  readonly namespace?: string;
  /** Only this container of the pod. */
  readonly container?: string;
  /** Only this image: how a bad image is told from a good one. */
  readonly image?: string;
  /** A name of `programs/registry.ts`. */
  readonly program: string;
  /** What the program takes, already checked against its parameters. */
  readonly with: Readonly<Record<string, unknown>>;
}

/** A lognormal time: how the machine's own work varies. */
export interface LognormalTime {
  readonly median: Duration;
  readonly sigma: number;
}

/** How long the container runtime takes for what it does. A container's own start is its program's. */
export interface RuntimeSettings {
  /** From the start of containerd until pods can have a network (CNI plug-in up). */
  readonly networkSetup: LognormalTime;
  readonly sandboxSetup: LognormalTime;
  readonly sandboxTeardown: Duration;
  /** First pull of an image on a node. */
  readonly imagePull: LognormalTime;
  /** The registry's answer when the image is there already, or does not exist. */
  readonly manifestCheck: LognormalTime;
}
