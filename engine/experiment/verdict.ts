/**
 * Judges a run's promises: `always` at every event that they listen to, `eventually` while the run settles, `measure` at the end.
 * An `eventually` promise is kept when it came true in time and was still true at the end: eventually and stably.
 */
import { present } from "../base/assert.ts";
import { after, formatDuration, type Instant } from "../base/units.ts";
import type { ClusterView } from "../cluster/view.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Always, Eventually, Invariant, Sometimes } from "./invariants/invariant.ts";
import { INVARIANTS } from "./invariants/registry.ts";
import type { Comparison } from "./record/metric.ts";
import type { Metrics } from "./record/metrics.ts";
import type { PromiseRow } from "./record/record.ts";
import { METRICS, type MetricName } from "./record/registry.ts";
import type { EventualExpectation, Expectations, MeasureExpectation } from "./scenario/scenario.ts";

interface Watched {
  readonly invariant: Always | Sometimes;
  count: number;
  firstAt: Instant | undefined;
  firstSaid: string | (() => string);
}

interface Awaited {
  readonly expectation: EventualExpectation;
  readonly invariant: Eventually;
  /** Since when it has been true without a break. */
  trueSince: Instant | undefined;
  missing: string;
}

export class Verdict {
  private readonly view: ClusterView;
  private readonly expectations: Expectations;
  private readonly watched: Watched[];
  private readonly awaited: Awaited[];

  constructor(expectations: Expectations, view: ClusterView, trace: Trace) {
    this.view = view;
    this.expectations = expectations;
    this.watched = [...expectations.always, ...expectations.sometimes].map((name) => this.watch(name, trace));
    this.awaited = expectations.eventually.map((expectation) => ({
      expectation,
      invariant: named(expectation.invariant) as Eventually,
      trueSince: undefined,
      missing: "it has not been judged yet",
    }));
  }

  /** Looks at the `eventually` promises once. */
  look(): void {
    for (const awaited of this.awaited) {
      const missing = awaited.invariant.judge(this.view, awaited.expectation.subject, this.view.now);
      awaited.missing = missing ?? "";
      if (missing !== undefined) awaited.trueSince = undefined;
      else awaited.trueSince ??= this.view.now;
    }
  }

  /** True when every `eventually` promise has been true since `instant` or earlier. */
  settledSince(instant: Instant): boolean {
    return this.awaited.every(({ trueSince }) => trueSince !== undefined && trueSince <= instant);
  }

  /** The promises as they stand. `healed` is when the last fault was lifted; undefined when the run did not come so far. */
  rows(metrics: Metrics, healed: Instant | undefined): PromiseRow[] {
    return [
      ...this.watched.map(watchedRow),
      ...this.awaited.map((awaited) => awaitedRow(awaited, healed)),
      ...this.expectations.measure.map((expectation) => measureRow(expectation, metrics, healed !== undefined)),
    ];
  }

  private watch(name: string, trace: Trace): Watched {
    const invariant = named(name) as Always | Sometimes;
    const watched: Watched = { invariant, count: 0, firstAt: undefined, firstSaid: "" };
    const check = invariant.begin(this.view);
    for (const kind of invariant.listens)
      trace.on(kind, (event) => {
        const said = check(event);
        if (said === undefined) return;
        watched.count++;
        if (watched.firstAt !== undefined) return;
        watched.firstAt = event.time;
        watched.firstSaid = said;
      });
    return watched;
  }
}

/** The promises of a scenario by name and kind, in the order of a verdict's rows. */
export const promisesOf = (expectations: Expectations): readonly Pick<PromiseRow, "name" | "kind">[] => [
  ...expectations.always.map((name) => ({ name, kind: "always" as const })),
  ...expectations.sometimes.map((name) => ({ name, kind: "sometimes" as const })),
  ...expectations.eventually.map((expectation) => ({ name: eventualName(expectation), kind: "eventually" as const })),
  ...expectations.measure.map((expectation) => ({ name: measureName(expectation), kind: "measure" as const })),
];

const eventualName = ({ invariant, text }: EventualExpectation): string => `${invariant}: ${text}`;
const measureName = (expectation: MeasureExpectation): string => `${measuredOf(expectation)} ${expectation.statistic}`;
const measuredOf = ({ metric, zone }: MeasureExpectation): string =>
  zone === undefined ? metric : `${metric} of zone ${zone}`;

const named = (name: string): Invariant =>
  present(
    INVARIANTS.find((invariant) => invariant.name === name),
    `promise ${name}`,
  );

function watchedRow({ invariant, count, firstAt, firstSaid: first }: Watched): PromiseRow {
  const firstSaid = typeof first === "string" ? first : first();
  const at = firstAt === undefined ? "" : ` (at ${formatDuration(firstAt as never)})`;
  if (invariant.mode === "sometimes") {
    const verdict = count > 0 ? "kept" : "not-reached";
    const said = count > 0 ? `${firstSaid}${at}` : `not reached: ${invariant.summary}`;
    return { name: invariant.name, kind: "sometimes", verdict, violations: 0, firstAt, said, measured: undefined };
  }
  const verdict = count > 0 ? "broken" : "kept";
  const said = count > 0 ? `promised: ${invariant.summary}; seen: ${firstSaid}${at}` : invariant.summary;
  return { name: invariant.name, kind: "always", verdict, violations: count, firstAt, said, measured: undefined };
}

function awaitedRow({ expectation, invariant, trueSince, missing }: Awaited, healed: Instant | undefined): PromiseRow {
  const row = { name: eventualName(expectation), kind: "eventually" as const, firstAt: undefined, measured: undefined };
  if (healed === undefined)
    return { ...row, verdict: "not-judged", violations: 0, said: "the run ended before its faults were lifted" };
  if (trueSince === undefined)
    return {
      ...row,
      verdict: "broken",
      violations: 1,
      said: `${expectation.text} has not ${invariant.name}: it ${missing}`,
    };
  const late = trueSince > after(healed, expectation.within);
  const took =
    trueSince <= healed ? "before the heal" : `${formatDuration((trueSince - healed) as never)} after the heal`;
  const said = late
    ? `${expectation.text} ${invariant.name} only ${took}; promised within ${formatDuration(expectation.within)}`
    : `${expectation.text} ${invariant.name} ${took} and stayed so`;
  return { ...row, verdict: late ? "broken" : "kept", violations: late ? 1 : 0, said };
}

function measureRow(expectation: MeasureExpectation, metrics: Metrics, complete: boolean): PromiseRow {
  const { metric, zone, statistic, comparison, bound, text } = expectation;
  const { name, unit } = present(
    METRICS.find((candidate) => candidate.name === metric),
    `metric ${metric}`,
  );
  const measured = metrics.read(name as MetricName, statistic, zone);
  const row = { name: measureName(expectation), kind: "measure" as const, firstAt: undefined, measured };
  const promised = `${statistic} of ${measuredOf(expectation)} promised ${text}`;
  const seen =
    measured === undefined ? "there was nothing to measure" : `measured ${inUnit(measured, unit, statistic)}`;
  if (!complete)
    return { ...row, verdict: "not-judged", violations: 0, said: `${promised}; the run was cut short; ${seen}` };
  const kept = measured !== undefined && COMPARE[comparison](measured, bound);
  return { ...row, verdict: kept ? "kept" : "broken", violations: kept ? 0 : 1, said: `${promised}; ${seen}` };
}

function inUnit(measured: number, unit: string, statistic: string): string {
  const rounded = Math.round(measured * 1_000) / 1_000;
  return unit === "seconds" && statistic !== "count" ? `${rounded}s` : String(rounded);
}

const COMPARE: Readonly<Record<Comparison, (measured: number, bound: number) => boolean>> = {
  "<": (measured, bound) => measured < bound,
  "<=": (measured, bound) => measured <= bound,
  ">": (measured, bound) => measured > bound,
  ">=": (measured, bound) => measured >= bound,
  "==": (measured, bound) => measured === bound,
};
