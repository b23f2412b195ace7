/**
 * What the volume `kube-api-access` shows a pod: a token of its service account, bound to the pod, and the cluster's CA. The kubelet fetches both before
 * it starts the pod, and the token again when most of its life is over (kubelet `token/token_manager.go`, `configmap/configmap_manager.go`).
 *
 * Upstream looks whether a token is due when it syncs the pod, about once a minute; here one timer for each kubelet goes off within a minute of the
 * first token that is due. The ConfigMap is fetched once for each namespace, not watched. Other volumes are taken for granted.
 */
import { isApiError } from "../api/error.ts";
import type { Pod } from "../api/kinds/pod.ts";
import { joinKey, type Key, keyOf } from "../api/object.ts";
import type { ServiceAccountToken } from "../api/token.ts";
import { type Duration, hours, type Instant, minutes, NEVER, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { Process } from "../kernel/process.ts";
import type { KeyedStream } from "../kernel/random.ts";
import type { Timer } from "../kernel/timer.ts";
import type { Daemon } from "../world/daemon.ts";

/** `maxTTL`, and the last fifth of a token's life. */
const OLDEST = hours(24);
const SYNC = minutes(1);
const ROOT_CA = "kube-root-ca.crt";

/** The files of the volume, as the pod's containers see them. The token is another one after each refresh. */
export interface ApiAccess {
  readonly namespace: string;
  token: ServiceAccountToken;
}

interface Held extends ApiAccess {
  readonly pod: Pod;
  readonly expirationSeconds: number;
  due: Instant;
}

export class ApiAccesses {
  private readonly daemon: Daemon;
  private readonly client: Client;
  private readonly stream: KeyedStream;
  private readonly held = new Map<string, Held>();
  private readonly authorities = new Set<Key>();
  private timer: Timer | undefined;
  private dueNext = NEVER;

  constructor(daemon: Daemon, client: Client) {
    this.daemon = daemon;
    this.client = client;
    this.stream = daemon.keyed("tokens");
  }

  /** Fetches what the pod's volume shows. Undefined for a pod without one; throws an ApiError when something is not to be had. */
  *mount(pod: Pod): Process<ApiAccess | undefined> {
    const expirationSeconds = tokenSeconds(pod);
    if (expirationSeconds === undefined) return undefined;
    const { uid } = pod.metadata;
    const known = this.held.get(uid);
    if (known !== undefined) return known;
    yield* this.fetchAuthority(pod);
    const { token, due } = yield* this.fetchToken(pod, expirationSeconds);
    const access: Held = { namespace: pod.metadata.namespace ?? "", token, pod, expirationSeconds, due };
    this.held.set(uid, access);
    this.arm(due);
    return access;
  }

  /** The pod is gone. */
  unmount(uid: string): void {
    this.held.delete(uid);
  }

  private *fetchAuthority({ metadata }: Pod): Process {
    const key = joinKey(metadata.namespace, ROOT_CA);
    if (this.authorities.has(key)) return;
    yield* this.client.get("ConfigMap", key, { resourceVersion: 0 });
    this.authorities.add(key);
  }

  private *fetchToken(pod: Pod, expirationSeconds: number): Process<{ token: ServiceAccountToken; due: Instant }> {
    const { name, uid, namespace } = pod.metadata;
    const account = joinKey(namespace, pod.spec.serviceAccountName ?? "default");
    const boundObjectRef = { kind: "Pod", name, uid } as const;
    const { status } = yield* this.client.requestToken(account, { expirationSeconds, boundObjectRef });
    const { token, expirationTimestamp } = status!;
    return { token, due: refreshDue(token.claims.issuedAt, expirationTimestamp, expirationSeconds, this.stream) };
  }

  /** Goes off within a minute of this instant, unless it does so earlier. */
  private arm(due: Instant): void {
    if (due >= this.dueNext) return;
    this.dueNext = due;
    const wait = (Math.max(0, due - this.daemon.now()) + this.stream.uniform(0, SYNC)) as Duration;
    if (this.timer === undefined)
      this.timer = this.daemon.after(wait, () => this.daemon.spawn("tokens", this.refresh()));
    else this.timer.set(wait);
  }

  /** Everything that is due; what cannot be had is kept as it is and tried again a minute later. */
  private *refresh(): Process {
    const now = this.daemon.now();
    this.dueNext = NEVER;
    for (const access of [...this.held.values()]) {
      if (access.due <= now) yield* this.renew(access);
      if (this.held.has(access.pod.metadata.uid)) this.arm(access.due);
    }
  }

  private *renew(access: Held): Process {
    try {
      const { token, due } = yield* this.fetchToken(access.pod, access.expirationSeconds);
      access.token = token;
      access.due = due;
    } catch (error) {
      if (!isApiError(error)) throw error;
      access.due = (this.daemon.now() + SYNC) as Instant;
    }
  }
}

/** When a token is to be replaced: a fifth of its life before its end, or after a day, and up to nine seconds earlier, so that not all come at once. Pure. */
export function refreshDue(issued: Instant, expires: Instant, lifeSeconds: number, stream: KeyedStream): Instant {
  const early = seconds(stream.integer(10));
  const lastFifth = seconds(Math.floor((lifeSeconds * 20) / 100));
  return (Math.min(issued + OLDEST, expires - lastFifth) - early) as Instant;
}

/** How long the token of the pod's volume is to live; undefined when it has no such volume. */
function tokenSeconds({ spec }: Pod): number | undefined {
  for (const { projected } of spec.volumes ?? [])
    for (const { serviceAccountToken: source } of projected?.sources ?? [])
      if (source !== undefined && source.audience === undefined) return source.expirationSeconds ?? 3_600;
  return undefined;
}

/** How a pod is named in the words of a failed mount. */
export const mountFailed = (pod: Pod, why: string): string =>
  `MountVolume.SetUp failed for volume "kube-api-access" of pod ${keyOf(pod)}: ${why}`;
