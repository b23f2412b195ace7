/**
 * A hub for tests, without time or network: objects by kind and key, revisions, watches that push at once. `behave` decides what becomes of
 * each request on its way; the default is an answer at once.
 */
import { ApiError, alreadyExists, conflict, isApiError, notFound } from "../../engine/api/error.ts";
import { joinKey, type KubeObject, keyOf, splitKey } from "../../engine/api/object.ts";
import type { ApiRequest, ApiResponse, WatchEvent, WatchFrame } from "../../engine/api/wire.ts";
import type { Duration } from "../../engine/base/units.ts";
import { type Process, sleep } from "../../engine/kernel/process.ts";
import { Latch } from "../../engine/kernel/signal.ts";
import { CallError, type CallFailure, type RpcClient, type RpcStream } from "../../engine/world/rpc.ts";

/** What becomes of one request. */
export interface Fate {
  /** Travel there, and back. */
  readonly there?: Duration;
  readonly back?: Duration;
  /** Refused with this, without effect. */
  readonly refuse?: ApiError;
  /** The connection fails: before it has an effect, or after it. */
  readonly lose?: CallFailure;
  readonly effect?: boolean;
  /** Nothing comes back, ever; with an effect if `effect`. */
  readonly hang?: boolean;
  /** Of a watch: what the server sends as soon as it has accepted it. */
  readonly frames?: readonly WatchFrame[];
}

interface Watcher {
  readonly kind: string;
  readonly push: (frame: unknown) => void;
  readonly ended: Latch<CallFailure | "end" | "cancelled">;
}

export class TinyHub {
  revision = 0;
  readonly requests: ApiRequest[] = [];
  behave: (request: ApiRequest) => Fate = () => ({});
  private readonly objects = new Map<string, KubeObject>();
  private watchers: Watcher[] = [];

  get watching(): number {
    return this.watchers.length;
  }

  get<T extends KubeObject>(kind: string, key: string): T | undefined {
    return this.objects.get(`${kind}|${key}`) as T | undefined;
  }

  /** Writes as somebody else would. */
  put<T extends KubeObject>(object: T): T {
    const name = `${object.kind}|${keyOf(object)}`;
    const old = this.objects.get(name);
    this.revision++;
    const metadata = {
      ...object.metadata,
      uid: old?.metadata.uid ?? `uid-${this.revision}`,
      resourceVersion: this.revision,
    };
    const stored = { ...object, metadata };
    this.objects.set(name, stored);
    this.push(object.kind, [
      {
        type: old === undefined ? "ADDED" : "MODIFIED",
        key: keyOf(stored),
        object: stored,
        resourceVersion: this.revision,
      },
    ]);
    return stored;
  }

  remove(kind: string, key: string): KubeObject | undefined {
    const old = this.objects.get(`${kind}|${key}`);
    if (old === undefined) return undefined;
    this.objects.delete(`${kind}|${key}`);
    this.revision++;
    this.push(kind, [{ type: "DELETED", key, object: old, resourceVersion: this.revision }]);
    return old;
  }

  /** Changes without telling the watchers, as if they were cut off. */
  secretly(change: () => void): void {
    const { watchers } = this;
    this.watchers = [];
    change();
    this.watchers = watchers;
  }

  push(kind: string, frame: readonly WatchEvent[]): void {
    for (const watcher of this.watchers) if (watcher.kind === kind) watcher.push(frame satisfies WatchFrame);
  }

  endWatches(why: CallFailure | "end" = "end"): void {
    const ending = this.watchers;
    this.watchers = [];
    for (const { ended } of ending) ended.settle(why);
  }

  rpc(): RpcClient {
    return {
      open: true,
      call: (request, limit) => this.call(request as ApiRequest, limit),
      stream: (request, onFrame) => this.stream(request as ApiRequest, onFrame),
      close: () => this.endWatches("closed"),
    };
  }

  private *call(request: ApiRequest, limit: Duration | undefined): Process<unknown> {
    this.requests.push(request);
    const { there = 0, back = 0, refuse, lose, effect = false, hang = false } = this.behave(request);
    if (limit !== undefined && (hang || there + back > limit)) {
      yield* sleep(Math.min(hang ? 0 : there, limit) as Duration);
      if (effect || (!hang && there <= limit)) this.answer(request);
      yield* sleep((limit - Math.min(hang ? 0 : there, limit)) as Duration);
      throw new CallError("timeout");
    }
    yield* sleep(there as Duration);
    if (refuse !== undefined) return { code: refuse.code, error: refuse };
    const answer = lose === undefined || effect ? this.answer(request) : undefined;
    if (hang) yield new Latch();
    yield* sleep(back as Duration);
    if (lose !== undefined) throw new CallError(lose);
    return answer;
  }

  private stream(request: ApiRequest, push: (frame: unknown) => void): RpcStream {
    this.requests.push(request);
    const ended = new Latch<CallFailure | "end" | "cancelled">();
    const { refuse, lose, hang, frames = [] } = this.behave(request);
    if (lose !== undefined) ended.settle(lose);
    else if (refuse !== undefined) {
      push({ code: refuse.code, error: refuse });
      ended.settle("end");
    } else {
      if (!hang) push({ code: 200 });
      for (const frame of frames) push(frame);
      this.watchers.push({ kind: request.kind, push, ended });
    }
    const cancel = () => {
      this.watchers = this.watchers.filter((watcher) => watcher.ended !== ended);
      ended.settle("cancelled");
    };
    return { ended, cancel };
  }

  private answer(request: ApiRequest): ApiResponse {
    try {
      return this.act(request);
    } catch (error) {
      if (!isApiError(error)) throw error;
      return { code: error.code, error };
    }
  }

  private act(request: ApiRequest): ApiResponse {
    const { verb, kind, key, object } = request;
    const old = this.objects.get(`${kind}|${key}`);
    switch (verb) {
      case "list": {
        const items = [...this.objects.values()].filter((item) => item.kind === kind);
        return { code: 200, list: { resourceVersion: this.revision, items } };
      }
      case "create": {
        if (old !== undefined) throw alreadyExists(kind, key);
        const { namespace, name, generateName } = object!.metadata;
        const given = name === "" ? `${generateName}${this.revision}` : name;
        const metadata = { ...object!.metadata, name: splitKey(joinKey(namespace, given)).name };
        return { code: 201, object: this.put({ ...object!, metadata }) };
      }
      default: {
        if (old === undefined) throw notFound(kind, key);
        if (verb === "get") return { code: 200, object: old };
        if (verb === "patch") return { code: 200, object: this.put(request.patch!(old)) };
        if (verb === "delete") return { code: 200, object: this.remove(kind, key)! };
        if (object!.metadata.resourceVersion !== old.metadata.resourceVersion)
          throw conflict(kind, key, "the object has been modified");
        return { code: 200, object: this.put(object!) };
      }
    }
  }
}

export const serverError = (code: number, retryAfter?: number): ApiError =>
  new ApiError(code, code === 429 ? "TooManyRequests" : "InternalError", `status ${code}`, {}, retryAfter);
