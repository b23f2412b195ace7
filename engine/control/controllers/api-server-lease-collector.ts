/**
 * Deletes the identity leases of API servers that are gone (`pkg/controlplane/controller/apiserverleasegc`). Each API server renews a lease of
 * an hour every ten seconds, so one that has run out had an owner that has long been dead.
 *
 * One of the few places where a time that somebody else wrote is compared with one's own clock: a clock that is more than an hour ahead deletes
 * leases of the living, who write them anew. Upstream this runs inside each API server; here it runs once, in the leading controller manager.
 */
import { isApiError } from "../../api/error.ts";
import type { Lease } from "../../api/kinds/lease.ts";
import { type Key, keyOf } from "../../api/object.ts";
import { hours, type Instant, seconds } from "../../base/units.ts";
import type { Controller, ControllerContext } from "../../client/controller.ts";
import { type Informer, type InformerOptions, whenSynced } from "../../client/informer.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";

const PERIOD = hours(1);
const IDENTITIES: InformerOptions = {
  labelSelector: { matchLabels: { "apiserver.kubernetes.io/identity": "kube-apiserver" } },
};

export const apiServerLeaseCollector: Controller<ControllerManagerSettings> = {
  name: "api-server-lease-collector",
  serviceAccount: "api-server-lease-collector",
  start(context) {
    const leases = context.informers.of("Lease", IDENTITIES);
    context.daemon.spawn("api-server-lease-collector", run(context, leases));
  },
};

function* run(context: ControllerContext<ControllerManagerSettings>, leases: Informer<Lease>): Process<never> {
  yield* whenSynced([leases]);
  for (;;) {
    for (const lease of leases.list())
      if (isExpired(lease, context.daemon.now())) yield* collect(context, keyOf(lease));
    yield* sleep(PERIOD);
  }
}

/** Looks once more, at the lease as it is now, and deletes it if it still has run out. A failure waits for the next hour. */
function* collect({ client, daemon }: ControllerContext<ControllerManagerSettings>, key: Key): Process {
  try {
    const lease = yield* client.get("Lease", key);
    if (isExpired(lease, daemon.now())) yield* client.delete("Lease", key);
  } catch (error) {
    if (!isApiError(error)) throw error;
  }
}

/** Run out strictly before now, or without the times that every identity lease has. */
export function isExpired({ spec: { renewTime, leaseDurationSeconds } }: Lease, now: Instant): boolean {
  if (renewTime === undefined || leaseDurationSeconds === undefined) return true;
  return renewTime + seconds(leaseDurationSeconds) < now;
}
