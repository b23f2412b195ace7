/**
 * A lease's times go forward: whoever holds it never writes a renewal that is earlier than his last, nor a smaller number of transitions than
 * was there. Between two holders the time may go back, as their clocks differ; a holder whose clock is set back breaks it, and nothing
 * in Kubernetes suffers, for nobody compares these times with a clock but the collector of API servers' leases.
 */
import type { Lease } from "../../api/kinds/lease.ts";
import { between, formatDuration } from "../../base/units.ts";
import { storeCommitted } from "../../hub/happening.ts";
import { always } from "./invariant.ts";

export const leaseRenewalsNeverBack = always({
  name: "lease-renewals-never-back",
  summary:
    "no holder of a lease writes a renewal that is earlier than its last one, and transitions are never uncounted",
  listens: [storeCommitted],
  begin:
    () =>
    ({ detail: { kind, type, key, object, old } }) => {
      if (kind !== "Lease" || type !== "updated") return undefined;
      const [before, now] = [(old as Lease).spec, (object as Lease).spec];
      if ((now.leaseTransitions ?? 0) < (before.leaseTransitions ?? 0))
        return `lease ${key} goes back from ${before.leaseTransitions} transitions to ${now.leaseTransitions ?? 0}`;
      const { renewTime: last, holderIdentity: holder } = before;
      if (holder !== now.holderIdentity || last === undefined || now.renewTime === undefined || now.renewTime >= last)
        return undefined;
      return `${holder} renews lease ${key} at a time ${formatDuration(between(now.renewTime, last))} before its last renewal`;
    },
});
