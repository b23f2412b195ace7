/**
 * get and list, by what the client asks of their freshness: unset is the most recent, 0 whatever the cache has, n at least as fresh as n.
 * Behaviour of apiserver `pkg/storage/cacher` with consistent reads from the cache (ConsistentListFromCache, on since 1.31), or without, where every list
 * of the most recent state is etcd's. Left out: pages, and lists of an exact revision.
 */
import { ApiError, notFound } from "../../api/error.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import { type KubeObject, keyOf, splitKey } from "../../api/object.ts";
import { EtcdError } from "../etcd/protocol.ts";
import type { ApiServerSettings } from "../settings.ts";
import { isSelected, type Selection, selectionOf } from "../storage/selection.ts";
import { kindOf } from "../storage/strategy.ts";
import type { ApiCall } from "./call.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { Feed } from "./feed.ts";
import { fromEtcd, type Storage } from "./storage.ts";

export class Reads {
  private readonly link: EtcdClient;
  private readonly feed: Feed;
  private readonly storage: Storage;
  private readonly settings: ApiServerSettings;

  constructor(link: EtcdClient, feed: Feed, storage: Storage, settings: ApiServerSettings) {
    this.link = link;
    this.feed = feed;
    this.storage = storage;
    this.settings = settings;
  }

  get(call: ApiCall): void {
    const { kind, key, list } = call.request;
    const revision = list?.resourceVersion;
    if (revision === undefined || !this.feed.ready)
      this.storage.read(call, kind, key, (object) => answerGet(call, object));
    else this.whenFresh(call, revision, () => answerGet(call, this.feed.cache(kind).get(key)));
  }

  list(call: ApiCall): void {
    const { kind, list = {} } = call.request;
    const selection = selectionOf(kind, list);
    if (selection instanceof ApiError) call.refuse(selection);
    else if (!this.feed.ready) call.refuse(reinitializing());
    else if (list.resourceVersion === undefined && !this.settings.consistentListFromCache)
      this.listFromEtcd(call, kind, selection);
    else if (list.resourceVersion === undefined) this.listConsistently(call, kind, selection);
    else this.whenFresh(call, list.resourceVersion, () => this.answerList(call, kind, selection));
  }

  /** Asks etcd for its revision and waits until the cache has it; after three seconds etcd itself must list. */
  private listConsistently(call: ApiCall, kind: KindName, selection: Selection): void {
    this.link.ask({ method: "revision" }, (reply) => {
      if (call.over) return;
      if (reply instanceof EtcdError) call.refuse(fromEtcd(reply));
      else
        this.feed.catchUp(reply.revision, (fresh) => {
          if (call.over) return;
          if (fresh) this.answerList(call, kind, selection);
          else this.listFromEtcd(call, kind, selection);
        });
    });
  }

  private listFromEtcd(call: ApiCall, kind: KindName, selection: Selection): void {
    this.link.ask({ method: "list", kind }, (reply) => {
      if (call.over) return;
      if (reply instanceof EtcdError) {
        call.refuse(fromEtcd(reply));
        return;
      }
      const items = reply.objects.filter((object) => isSelected(selection, object)).sort(inKeyOrder);
      call.answer({ code: 200, list: { resourceVersion: reply.revision, items } });
    });
  }

  private answerList(call: ApiCall, kind: KindName, selection: Selection): void {
    const items = this.feed.cache(kind).list(selection);
    call.answer({ code: 200, list: { resourceVersion: this.feed.revision, items } });
  }

  private whenFresh(call: ApiCall, revision: number, done: () => void): void {
    this.feed.catchUp(revision, (fresh) => {
      if (call.over) return;
      if (fresh) done();
      else call.refuse(tooLarge(revision, this.feed.revision));
    });
  }
}

function answerGet(call: ApiCall, object: KubeObject | undefined): void {
  const { kind, key } = call.request;
  if (object) call.succeed(200, object);
  else call.refuse(notFound(kindOf(kind).plural, splitKey(key).name));
}

function inKeyOrder(a: KubeObject, b: KubeObject): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** apiserver `storage.NewTooLargeResourceVersionError`. */
const tooLarge = (asked: number, current: number): ApiError =>
  new ApiError(
    504,
    "Timeout",
    `Too large resource version: ${asked}, current: ${current}`,
    { cause: "ResourceVersionTooLarge" },
    1,
  );

/** What lists and watches get while the cache has nothing to show. */
export const reinitializing = (): ApiError =>
  new ApiError(429, "TooManyRequests", "storage is (re)initializing", {}, 1);
