/**
 * The lease by which an API server says that it lives, named after its host (`pkg/controlplane/apiserver/server.go`, component-helpers
 * `apimachinery/lease/controller.go`). Deleted when the server starts and when it stops in good order, so that each life has its own holder.
 * Who collects the leases of the dead is a controller elsewhere.
 */
import type { ApiError } from "../../api/error.ts";
import { type Lease, leaseWith } from "../../api/kinds/lease.ts";
import { newMeta } from "../../api/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/wire.ts";
import { sha256 } from "../../base/sha256.ts";
import { milliseconds, seconds } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { Daemon } from "../../world/daemon.ts";
import type { ApiServerSettings } from "../settings.ts";
import { LOOPBACK } from "./loopback.ts";

const JITTER = 0.04;
const UPDATE_TRIES = 5;
const BACKOFF_FIRST = milliseconds(200);
const BACKOFF_MAX = seconds(7);
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** `apiserver-` and 26 characters: the first 16 bytes of the host name's SHA-256, in lower-case base32 without padding. */
export function identityName(hostname: string): string {
  const bytes = sha256(hostname).subarray(0, 16);
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >>> (bits - 5)) & 31];
  }
  return `apiserver-${text}${BASE32[(held << (5 - bits)) & 31]}`;
}

export class IdentityLease {
  readonly name: string;
  private readonly daemon: Daemon;
  private readonly settings: ApiServerSettings;
  private readonly hostname: string;
  private readonly request: (request: ApiRequest) => Process<ApiResponse>;
  private readonly holder: string;

  constructor(
    daemon: Daemon,
    settings: ApiServerSettings,
    hostname: string,
    request: (request: ApiRequest) => Process<ApiResponse>,
  ) {
    this.daemon = daemon;
    this.settings = settings;
    this.hostname = hostname;
    this.request = request;
    this.name = identityName(hostname);
    this.holder = `${this.name}_${daemon.random("identity").uuid()}`;
  }

  *keep(): Process {
    const random = this.daemon.random("identity-lease");
    yield* this.drop();
    let lease: Lease | undefined;
    for (;;) {
      lease = yield* this.renewed(lease);
      yield* sleep(random.jitter(this.settings.identityLeaseRenewInterval, JITTER));
    }
  }

  *drop(): Process {
    yield* this.ask({ verb: "delete" });
  }

  /** One round: renews the lease that is known, or finds or makes one. Gives what is known afterwards. */
  private *renewed(known: Lease | undefined): Process<Lease | undefined> {
    if (known) {
      const renewed = yield* this.update(known);
      if (renewed) return renewed;
    }
    const { lease, created } = yield* this.ensured();
    return created ? lease : ((yield* this.update(lease)) ?? lease);
  }

  /** Five tries back to back; a conflict fetches the newest first. Undefined when none of them succeeded. */
  private *update(base: Lease): Process<Lease | undefined> {
    let lease = base;
    for (let attempt = 0; attempt < UPDATE_TRIES; attempt++) {
      const answer = yield* this.ask({ verb: "update", object: this.withTime(lease) });
      if (answer.object) return answer.object as Lease;
      if (answer.error?.code === 409) lease = (yield* this.ensured()).lease;
    }
    return undefined;
  }

  private *ensured(): Process<{ readonly lease: Lease; readonly created: boolean }> {
    let backoff: number = BACKOFF_FIRST;
    for (;;) {
      const found = yield* this.ask({ verb: "get" });
      if (found.object) return { lease: found.object as Lease, created: false };
      if (found.error?.reason === "NotFound") {
        const made = yield* this.ask({ verb: "create", object: this.fresh() });
        if (made.object) return { lease: made.object as Lease, created: true };
      }
      yield* sleep(Math.min(backoff, BACKOFF_MAX) as typeof BACKOFF_MAX);
      backoff *= 2;
    }
  }

  private *ask(
    request: Pick<ApiRequest, "verb" | "object">,
  ): Process<{ readonly object?: unknown; readonly error?: ApiError }> {
    return yield* this.request({ kind: "Lease", key: `kube-system/${this.name}`, user: LOOPBACK, ...request });
  }

  private fresh(): Lease {
    const labels = { "apiserver.kubernetes.io/identity": "kube-apiserver", "kubernetes.io/hostname": this.hostname };
    return this.withTime(leaseWith(newMeta({ name: this.name, namespace: "kube-system", labels }), {}));
  }

  private withTime(lease: Lease): Lease {
    return leaseWith(lease.metadata, {
      holderIdentity: lease.spec.holderIdentity ?? this.holder,
      leaseDurationSeconds: this.settings.identityLeaseDurationSeconds,
      renewTime: this.daemon.now(),
    });
  }
}
