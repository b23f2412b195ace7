/**
 * Once the new holder of a component's lease has written anything as such, nothing that its predecessor sent takes effect any more. Kubernetes
 * does not promise it: nothing fences a leader that has slept, or whose requests were held up on the way; resourceVersions protect
 * each object for itself. So a violation is a finding about the cluster, as with leaders that overlap.
 *
 * Who wrote is told by user and host. Left out: leases and Events, which anybody writes; and writes of an earlier life on the successor's own host.
 */
import type { Lease } from "../../api/kinds/lease.ts";
import { formatDuration, type Instant } from "../../base/units.ts";
import { storeCommitted } from "../../hub/happening.ts";
import { always } from "./invariant.ts";

const LEASES = new Map([
  ["kube-system/kube-controller-manager", "kube-controller-manager"],
  ["kube-system/kube-scheduler", "kube-scheduler"],
]);

interface Term {
  readonly identity: string;
  readonly host: string;
  /** When its holder first wrote something other than the lease. */
  wroteAt: Instant | undefined;
}

export const noWriteAfterTakeover = always({
  name: "no-write-after-takeover",
  summary: "no write of a former leader takes effect after the first write of its successor",
  listens: [storeCommitted],
  begin: () => {
    const terms = new Map<string, Term>();
    return ({ time, subject, detail: { kind, key, type, object, by, from } }) => {
      if (kind === "Lease") {
        const component = LEASES.get(key);
        const { holderIdentity: identity = "" } = (object as Lease).spec;
        if (component && type !== "deleted" && identity !== "" && terms.get(component)?.identity !== identity)
          terms.set(component, { identity, host: identity.slice(0, identity.lastIndexOf("_")), wroteAt: undefined });
        return undefined;
      }
      const component = kind === "Event" ? undefined : componentOf(by);
      const term = component && terms.get(component);
      if (!term) return undefined;
      if (from === term.host) term.wroteAt ??= time;
      if (from === term.host || term.wroteAt === undefined) return undefined;
      const late = formatDuration((time - term.wroteAt) as never);
      return `${component}: what ${from} sent as leader changes ${subject}, ${late} after the first write of its successor ${term.host}`;
    };
  },
});

/** Whose leading work writes under this name. */
const componentOf = (user: string): string | undefined =>
  user === "system:kube-scheduler"
    ? "kube-scheduler"
    : user.startsWith("system:serviceaccount:kube-system:")
      ? "kube-controller-manager"
      : undefined;
