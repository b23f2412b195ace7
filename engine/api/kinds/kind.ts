/**
 * What the API server knows about a kind. To add one: write its types and a `kind({...})` in a file of this folder, and add one line
 * to `registry.ts`. Storage, watch, list, selectors, defaults and the status subresource then work for it.
 */
import type { ApiError } from "../error.ts";
import type { KubeObject } from "../object.ts";
import type { User } from "../wire.ts";

export interface Kind<T extends KubeObject> {
  readonly kind: string;
  readonly apiVersion: string;
  /** As in URLs and messages: `pods`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Kept in etcd by API servers for themselves; clients are told that there is no such resource. */
  readonly internal?: true;
  /** Only ever a question and its answer: POST brings it back, nothing is stored, and there is nothing to list or watch. */
  readonly virtual?: true;
  /** A status subresource: plain updates leave status alone, status updates leave everything else alone. */
  readonly hasStatus: boolean;
  /** Whether `metadata.generation` counts the changes of the spec: 1 when created. */
  readonly countsGenerations?: true;
  /** Whether a PUT of what does not exist creates it (`AllowCreateOnUpdate`). */
  readonly createOnUpdate?: true;
  /** Whether a PUT may come without a resourceVersion (`AllowUnconditionalUpdate`). */
  readonly unconditionalUpdate: boolean;
  /** Selectable fields besides `metadata.name` and `metadata.namespace`: path and how to read it. */
  readonly fields?: Readonly<Record<string, (object: T) => string>>;
  /** Fills in what the API fills in on create and update. Returns the same object when nothing is missing. */
  defaults?(object: T): T;
  /** The first thing wrong with an object about to be stored, or undefined. `old` is there on updates. */
  validate?(object: T, old: T | undefined): ApiError | undefined;
  /** Seconds of grace that a delete gives, which may ask for a number; left out by kinds that go at once. Pods only (core/pod strategy). */
  gracePeriodSeconds?(object: T, asked: number | undefined): number;
  /** Notes on a new object who asked for it, whatever it says itself. */
  askedBy?(object: T, user: User): T;
  /** What a new object starts with, whatever its author says (status cleared, phase Pending). */
  prepareForCreate?(object: T): T;
}

export const kind = <T extends KubeObject>(definition: Kind<T>): Kind<T> => definition;
