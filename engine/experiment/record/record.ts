/**
 * What a run leaves: entries as it goes, and a record at the end. Plain data, of scenario and seed alone: no wall-clock time, no path, no
 * machine name, so that two runs of one seed compare equal to the byte. Reports are made from this and from nothing else.
 *
 * Times are whole microseconds since the start of the run; fields that end in `Us` are durations in microseconds.
 */

/** How a run ended. */
export type Outcome = "passed" | "violated" | "not-converged" | "out-of-budget" | "interrupted";

/** Exit code of each outcome: stable, part of the command line's contract. */
export const EXIT_CODE: Readonly<Record<Outcome, number>> = {
  passed: 0,
  violated: 1,
  "not-converged": 3,
  "out-of-budget": 4,
  interrupted: 130,
};

/** One thing worth a row, told while the run goes on. */
export type Entry =
  | ({ readonly type: "sample" } & Sample)
  | ({ readonly type: "lease" } & LeaseChange)
  | ({ readonly type: "etcd" } & EtcdRow)
  | ({ readonly type: "event" } & EventRow)
  | ({ readonly type: "fault" } & FaultRow)
  | ({ readonly type: "output" } & OutputRow)
  | ({ readonly type: "pod" } & PodRow)
  | ({ readonly type: "request-rate" } & RequestRateRow);

/** Gauges of the whole cluster at one instant. */
export interface Sample {
  readonly time: number;
  readonly nodesReady: number;
  readonly nodesNotReady: number;
  readonly nodesUnknown: number;
  readonly podsPending: number;
  readonly podsRunning: number;
  readonly podsReady: number;
  readonly podsTerminating: number;
  readonly podsSucceeded: number;
  readonly podsFailed: number;
  /** Keys waiting in all work queues of the leading controller manager. */
  readonly workqueueDepth: number;
  readonly schedulerPending: number;
  /** Identities acting as leader now. */
  readonly controllerManagerLeaders: number;
  readonly schedulerLeaders: number;
  /** Since the last sample. */
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  readonly renewalsPerSecond: number;
  readonly commitsPerSecond: number;
  readonly evictions: number;
}

/** A lease of a component has changed hands, or acting began or ended. */
export interface LeaseChange {
  readonly time: number;
  readonly lease: string;
  readonly change: "acquired" | "released" | "started-leading" | "stopped-leading" | "paused" | "resumed";
  readonly holder: string;
  readonly transitions: number | undefined;
  /** Time without an acting leader that this change ends. */
  readonly gapUs: number | undefined;
  /** Time with more than one acting leader that this change ends. */
  readonly overlapUs: number | undefined;
  readonly why: string;
}

/** Something that happened to etcd's consensus. */
export interface EtcdRow {
  readonly time: number;
  /** The member, by its host. */
  readonly member: string;
  readonly change: "pre-campaigned" | "campaigned" | "leader-elected" | "leader-lost" | "snapshot-installed";
  readonly term: number | undefined;
  readonly index: number | undefined;
  /** Time without a leader that this change ends. */
  readonly gapUs: number | undefined;
  /** Writes of the leader that is lost, and how long they took to be agreed on. */
  readonly commits: number | undefined;
  readonly commitP50Us: number | undefined;
  readonly commitP99Us: number | undefined;
  readonly why: string;
}

/** A Kubernetes Event as written to the API. */
export interface EventRow {
  readonly time: number;
  readonly eventType: string;
  readonly reason: string;
  readonly object: string;
  readonly component: string;
  readonly count: number;
  readonly message: string;
}

/** A fault or a command of the timeline has acted. */
export interface FaultRow {
  readonly time: number;
  readonly what: string;
  readonly change: "injected" | "healed" | "commanded" | "failed" | "not-reached";
  readonly target: string;
  readonly hosts: number;
  readonly detail: string;
}

/** A line that a command of the timeline printed. */
export interface OutputRow {
  readonly time: number;
  readonly command: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** The life of a pod; written when it is gone, or at the end. */
export interface PodRow {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owner: string;
  readonly node: string;
  readonly zone: string;
  readonly createdAt: number;
  readonly scheduledAt: number | undefined;
  readonly runningAt: number | undefined;
  readonly readyAt: number | undefined;
  readonly deletionAt: number | undefined;
  readonly goneAt: number | undefined;
  readonly restarts: number;
  readonly phase: string;
  /** What ended it: the user that asked for the deletion. */
  readonly deletedBy: string;
}

export interface NodeRow {
  readonly name: string;
  readonly pool: string;
  readonly zone: string;
  readonly registeredAt: number | undefined;
  readonly readyAt: number | undefined;
  readonly renewals: number;
  /** Renewals an hour over the time between the first and the last. */
  readonly renewalsPerHour: number | undefined;
  readonly longestRenewalGapUs: number | undefined;
  /** Turns to Ready=Unknown. */
  readonly unknowns: number;
  readonly firstUnknownAt: number | undefined;
  /** From the last renewal before it to the first Unknown. */
  readonly detectionUs: number | undefined;
  readonly firstNoExecuteAt: number | undefined;
  readonly firstRecoveryAt: number | undefined;
  readonly notReadyUs: number;
  readonly podsEvicted: number;
  /** When its Node object was last removed. */
  readonly deletedAt: number | undefined;
}

export interface ReconcileRow {
  readonly controller: string;
  readonly count: number;
  readonly errors: number;
  readonly retries: number;
  readonly dropped: number;
  readonly queueP50Us: number | undefined;
  readonly queueP99Us: number | undefined;
  readonly queueMaxUs: number | undefined;
  readonly workP50Us: number | undefined;
  readonly workP99Us: number | undefined;
  readonly workMaxUs: number | undefined;
  readonly longestRetryDelayUs: number | undefined;
}

export interface RequestRow {
  readonly verb: string;
  readonly kind: string;
  readonly subresource: string;
  readonly code: number;
  readonly count: number;
  readonly p50Us: number | undefined;
  readonly p90Us: number | undefined;
  readonly p99Us: number | undefined;
  readonly maxUs: number | undefined;
}

/** Requests that the API servers answered in one second. */
export interface RequestRateRow {
  readonly time: number;
  readonly requests: number;
  readonly reads: number;
  readonly lists: number;
  readonly writes: number;
  /** Answered with an error other than 404 and 409. */
  readonly refused: number;
}

/** What was written of one kind into etcd since the warm-up. */
export interface EtcdWriteRow {
  readonly kind: string;
  readonly writes: number;
  readonly bytes: number;
  readonly bytesPerWrite: number;
  readonly writesPerMinute: number;
  readonly bytesPerMinute: number;
}

/** Requests of one flow schema that waited at an API server, or were sent away. */
export interface FlowControlRow {
  readonly server: string;
  readonly level: string;
  readonly schema: string;
  readonly waited: number;
  readonly waitP50Us: number | undefined;
  readonly waitP99Us: number | undefined;
  readonly waitMaxUs: number | undefined;
  readonly queueFull: number;
  readonly timedOut: number;
  readonly concurrencyLimit: number;
}

/** A promise of the scenario and how it was kept. */
export interface PromiseRow {
  readonly name: string;
  readonly kind: "always" | "eventually" | "sometimes" | "measure";
  readonly verdict: "kept" | "broken" | "not-reached" | "not-judged";
  /** Times it was broken. */
  readonly violations: number;
  readonly firstAt: number | undefined;
  /** A sentence: what was promised and what was seen. */
  readonly said: string;
  /** Of a measure: what was measured, in the metric's own unit. */
  readonly measured: number | undefined;
}

/** Counts that say how much happened. */
export interface Counts {
  readonly events: number;
  readonly traceEvents: number;
  readonly requests: number;
  readonly commits: number;
  readonly leaseRenewals: number;
  readonly podsCreated: number;
  readonly podsEvicted: number;
}

export interface RunHeader {
  readonly scenario: string;
  readonly story: string;
  readonly seed: string;
  /** Of Orrery. */
  readonly version: string;
  readonly kubernetes: string;
  /** Calendar time of instant 0, RFC 3339. */
  readonly startsAt: string;
  readonly durationUs: number;
  readonly nodes: number;
}

export interface RunRecord extends RunHeader {
  readonly outcome: Outcome;
  /** Why it ended as it did, in a sentence. */
  readonly reason: string;
  /** Virtual time reached. */
  readonly endedAt: number;
  readonly digest: string;
  readonly counts: Counts;
  readonly nodeRows: readonly NodeRow[];
  /** Pods that still exist at the end. */
  readonly podRows: readonly PodRow[];
  readonly reconcileRows: readonly ReconcileRow[];
  readonly requestRows: readonly RequestRow[];
  readonly etcdWriteRows: readonly EtcdWriteRow[];
  readonly flowControlRows: readonly FlowControlRow[];
  readonly promises: readonly PromiseRow[];
  readonly metrics: readonly MetricSummary[];
}

/** Distribution of one metric over the run, in its own unit (seconds for `*_seconds`). */
export interface MetricSummary {
  readonly metric: string;
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}
