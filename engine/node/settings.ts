/** The numbers that a node is handed. Defaults, with sources: `experiment/scenario/defaults.ts`. */
import type { ResourceList } from "../api/kinds/node.ts";
import type { LabelSelector } from "../api/label.ts";
import type { Labels } from "../api/object.ts";
import type { Taint } from "../api/taint.ts";
import type { Duration } from "../base/units.ts";

export interface KubeletSettings {
  readonly nodeStatusUpdateFrequency: Duration;
  readonly nodeStatusReportFrequency: Duration;
  readonly nodeLeaseDurationSeconds: number;
  readonly kubeApiQps: number;
  readonly kubeApiBurst: number;
  readonly maxPods: number;
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
