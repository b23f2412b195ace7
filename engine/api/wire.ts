/**
 * What travels between a client and an API server: one request and its answer, or a watch and its frames.
 *
 * A patch is carried as the function that it denotes, applied by the server to the current object: a strategic-merge body without its
 * encoding. Consequence: a patch cannot be looked at by what stands in its way, only its result can.
 */
import type { Duration } from "../base/units.ts";
import type { ApiError } from "./error.ts";
import type { Term } from "./kinds/lease.ts";
import type { KindName } from "./kinds/registry.ts";
import type { LabelSelector } from "./label.ts";
import type { Key, KubeObject } from "./object.ts";
import type { StreamOptions, StreamSubresource } from "./stream.ts";
import type { BearerToken } from "./token.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";
export type Subresource = "status" | "binding" | "scale" | "eviction" | "token" | "approval" | StreamSubresource;
export type Propagation = "Background" | "Foreground" | "Orphan";

/** Somebody: a name, and the groups that he belongs to. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/**
 * What a request says of who asks. A server with a CA believes the token, or else the certificate of the connection; the name is for those on the
 * way that tell requests apart, and for a server that believes everybody.
 */
export interface Claim extends User {
  /** The `Authorization` header. */
  readonly token?: BearerToken;
}

/** One equality on a selectable field: `spec.nodeName=n1`, `metadata.name=n1`. */
export interface FieldSelector {
  readonly field: string;
  readonly value: string;
}

export interface ReadOptions {
  /** Unset: the most recent (a consistent read). 0: anything the cache has. n: at least as fresh as n. */
  readonly resourceVersion?: number;
}

export interface ListOptions extends ReadOptions {
  readonly namespace?: string;
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
}

export interface WatchOptions extends ListOptions {
  readonly allowBookmarks?: boolean;
  /** The server ends the watch after this long. */
  readonly timeout?: Duration;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagation?: Propagation;
  readonly uid?: string;
  readonly resourceVersion?: number;
}

export interface ApiRequest {
  readonly verb: Verb;
  readonly kind: KindName;
  /** Of one object; for create, of the new object (the name may be empty with generateName); for list and watch, "". */
  readonly key: Key;
  readonly subresource?: Subresource;
  readonly user: Claim;
  readonly object?: KubeObject;
  /** Gives the changed object; throws an ApiError to refuse. Pure: it may be run more than once. */
  readonly patch?: (object: KubeObject) => KubeObject;
  /** Of a patch: refuse with Conflict when the object has another uid. */
  readonly uid?: string;
  readonly list?: ListOptions;
  readonly watch?: WatchOptions;
  readonly delete?: DeleteOptions;
  readonly stream?: StreamOptions;
  /** The client's own limit, if it set one; the server never takes longer than its own. */
  readonly timeout?: Duration;
  /** Of a leader that is fenced: a write has no effect once a newer term of its lease has begun. */
  readonly term?: Term;
}

/** What is asked of a path that is no resource: `/readyz`. */
export interface PathRequest {
  readonly path: string;
}

export interface ObjectList<T extends KubeObject = KubeObject> {
  readonly resourceVersion: number;
  readonly items: readonly T[];
}

/** What a request brings back. `object` of get, create, update, patch and delete; `list` of list. */
export interface ApiResponse {
  readonly code: number;
  readonly object?: KubeObject;
  readonly list?: ObjectList;
  readonly error?: ApiError;
}

export interface ObjectEvent<T extends KubeObject = KubeObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** The object's key. The store's own text, so that every cache looks it up without joining and hashing one of its own. */
  readonly key: Key;
  readonly object: T;
  readonly resourceVersion: number;
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | ObjectEvent<T>
  | { readonly type: "BOOKMARK"; readonly resourceVersion: number }
  | { readonly type: "ERROR"; readonly error: ApiError };

/**
 * Watch events that left the server together. Before the first of them a watch is answered with an `ApiResponse`, which says yes (200) or no
 * (401, 429, …) as the HTTP status would; an ERROR in a frame is an event of the stream (410). The stream ends after either.
 */
export type WatchFrame = readonly WatchEvent[];
