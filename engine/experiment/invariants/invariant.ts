/**
 * What a cluster promises. `always`: judged at every event it listens to; a broken one is a finding (exit 1). `eventually`: judged after the
 * heal, "eventually and stably"; one that does not come true is a stall (exit 3) with its reason. `sometimes`: says whether a run, or a
 * campaign of runs, ever reached an interesting state; never fails a run by itself.
 *
 * To add one: write `export const myPromise = always({...})` (or `eventually`, `sometimes`) in a file of this folder, and add one line to
 * `registry.ts`. The scenario file then knows it by name under `expect`.
 *
 * Promises look at the whole truth (`cluster/view.ts`) and at trace events, between events of the run; they can change nothing.
 */
import type { Instant } from "../../base/units.ts";
import type { ClusterView } from "../../cluster/view.ts";
import type { TraceEvent, TraceKind } from "../../kernel/trace.ts";

interface Named<Name extends string> {
  /** As in the file: kebab-case. */
  readonly name: Name;
  /** The promise in one sentence, for `orrery list` and reports. */
  readonly summary: string;
}

/**
 * Looks at one event, right after it; returns the violation as a sentence, or undefined while the promise holds. A sentence that must wait
 * for what follows, such as how long it lasted, is a function, called when the run is over.
 */
// biome-ignore lint/suspicious/noExplicitAny: the detail's shape depends on the kind listened to
export type Check = (event: TraceEvent<any>) => string | (() => string) | undefined;

/** A trace kind with any detail. */
// biome-ignore lint/suspicious/noExplicitAny: a list of kinds of different details
export type AnyTraceKind = TraceKind<any>;

/** A safety promise. What it remembers between events lives in what `begin` closes over. */
export interface Always<Name extends string = string> extends Named<Name> {
  readonly mode: "always";
  /** The kinds of trace event at which it is judged. */
  readonly listens: readonly AnyTraceKind[];
  begin(view: ClusterView): Check;
}

/**
 * A promise of liveness about a subject: `converged: deployment/web`. `judge` returns what is still missing, as the end of the sentence
 * "deployment/web has not converged: …", or undefined when it is true now.
 */
export interface Eventually<Name extends string = string> extends Named<Name> {
  readonly mode: "eventually";
  /** What the file may name: an object as `kind/name`, or `all`. */
  readonly subjects: "object" | "object-or-all";
  judge(view: ClusterView, subject: Subject, now: Instant): string | undefined;
}

/** An object that a promise is about. `all` stands for everything that the promise knows how to judge. */
export type Subject = "all" | { readonly kind: string; readonly namespace: string | undefined; readonly name: string };

/** A mark worth reaching. */
export interface Sometimes<Name extends string = string> extends Named<Name> {
  readonly mode: "sometimes";
  readonly listens: readonly AnyTraceKind[];
  /** The check returns what was reached, as a sentence, or undefined. */
  begin(view: ClusterView): Check;
}

export type Invariant = Always | Eventually | Sometimes;

export const always = <Name extends string>(definition: Omit<Always<Name>, "mode">): Always<Name> => ({
  mode: "always",
  ...definition,
});
export const eventually = <Name extends string>(definition: Omit<Eventually<Name>, "mode">): Eventually<Name> => ({
  mode: "eventually",
  ...definition,
});
export const sometimes = <Name extends string>(definition: Omit<Sometimes<Name>, "mode">): Sometimes<Name> => ({
  mode: "sometimes",
  ...definition,
});
