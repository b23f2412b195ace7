/**
 * A scenario as the experiment runs it: plain data, every default filled in, every name checked. `readScenario` (`read.ts`) makes it from a
 * file; nothing after that looks at the file again.
 *
 * Times of the timeline count from the start of the run. The warm-up (0 to `warmUp`) lets the cluster settle in: no fault strikes in it, and
 * what is measured does not count it. At `duration` everything is healed; then the `eventually` promises have at most `settle` to come true.
 */
import type { KubeObject } from "../../api/object.ts";
import type { ParameterValues } from "../../base/parameter.ts";
import type { Duration, Instant } from "../../base/units.ts";
import type { ClusterSpec, RoomSpec } from "../../cluster/spec.ts";
import type { Subject } from "../invariants/invariant.ts";
import type { Comparison, Statistic } from "../record/metric.ts";
import type { Selection } from "./selection.ts";
import type { Trigger } from "./trigger.ts";

export interface Scenario {
  readonly name: string;
  /** What it is about, for people. */
  readonly story: string;
  /** What the file asks for; the command line may override it. */
  readonly seed: number | string;
  readonly duration: Duration;
  readonly warmUp: Duration;
  readonly settle: Duration;
  /** Calendar time of instant 0, milliseconds since 1970. */
  readonly start: number;
  /** Draw the order of simultaneous events from the seed. */
  readonly shuffle: boolean;
  readonly budgets: Budgets;
  readonly cluster: ClusterSpec;
  /** Applied at the start of the run, in this order. */
  readonly manifests: readonly KubeObject[];
  readonly rooms: readonly RoomSpec[];
  /** In order of time; steps of one instant in the order of the file. One that waits for a moment stands behind the one before it there. */
  readonly timeline: readonly Step[];
  readonly expect: Expectations;
}

/** Limits of a run. Reaching one ends it with an outcome of its own. */
export interface Budgets {
  readonly events: number;
  readonly eventsAtOneInstant: number;
}

export type Step = FaultStep | KubectlStep;

interface AtSomeTime {
  /** When it comes; of a step with `when`, from when on it waits. */
  readonly at: Instant;
  readonly when: Trigger | undefined;
  /** It comes later than that by up to this, drawn anew for each run; without it, not at all. */
  readonly spread?: Duration;
  /** By which other steps wait for it. */
  readonly name: string | undefined;
  /** Where it stands in the file (`spec.timeline[2]`), for reports. */
  readonly path: string;
}

export interface FaultStep extends AtSomeTime {
  readonly type: "fault";
  /** A name of `faults/registry.ts`. */
  readonly fault: string;
  readonly target: Selection;
  /** The second side of `between`. */
  readonly other: Selection | undefined;
  /** `FOREVER`: until the heal phase. 0: the fault takes no duration. */
  readonly duration: Duration;
  readonly with: ParameterValues;
}

export interface KubectlStep extends AtSomeTime {
  readonly type: "kubectl";
  /** As after `kubectl`; `parseKubectl` (`workloads/kubectl.ts`) accepts it. `apply: web.yaml` reads as `apply -f web.yaml`. */
  readonly command: string;
  /** The objects in the files that the command names. */
  readonly manifests: readonly KubeObject[];
  /** Of a command that streams: after so long ^C ends it; undefined: never. */
  readonly patience?: Duration;
}

export interface Expectations {
  readonly always: readonly string[];
  readonly eventually: readonly EventualExpectation[];
  readonly sometimes: readonly string[];
  readonly measure: readonly MeasureExpectation[];
}

export interface EventualExpectation {
  /** The promise's name, and what it is about. */
  readonly invariant: string;
  readonly subject: Subject;
  /** As written: `deployment/web`. */
  readonly text: string;
  /** After the heal. At most the scenario's `settle`. */
  readonly within: Duration;
}

export interface MeasureExpectation {
  readonly metric: string;
  /** Only samples from there. */
  readonly zone?: string;
  readonly statistic: Statistic;
  readonly comparison: Comparison;
  /** In the metric's unit (seconds, a count, a ratio). */
  readonly bound: number;
  /** As written: `< 60s`. */
  readonly text: string;
}
