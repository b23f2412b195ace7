/**
 * Somebody whom an API server has recognised, and what it keeps about him: everything that follows from his name and groups alone is found out
 * once, so that a heartbeat asks for nothing twice.
 */
import type { Certificate } from "../../api/certificate.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { Key } from "../../api/object.ts";
import type { BearerToken } from "../../api/token.ts";
import type { User } from "../../api/wire.ts";

export const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
/** Every other caller belongs to it (`group.NewAuthenticatedGroupAdder`). */
export const AUTHENTICATED = "system:authenticated";
/** Whoever is in it may do everything, whatever the authorizers say (`authorizerfactory.NewPrivilegedGroups`). */
export const PRIVILEGED = "system:masters";
const NODES = "system:nodes";
const NODE_PREFIX = "system:node:";

export class Principal implements User {
  readonly name: string;
  readonly groups: readonly string[];
  /** The token that it showed, of which some checks want to know more. */
  readonly token: BearerToken | undefined;
  readonly privileged: boolean;
  /** Name of the node whose kubelet it is (`nodeidentifier`): user `system:node:NAME` in group `system:nodes`. */
  readonly node: string | undefined;
  /** Key of that node's lease. */
  lease: Key | undefined;
  /** What RBAC allows everywhere, by kind, as bits of verbs (`authorization/authorizer.ts`), and the policy for which that holds. */
  readonly allowed = new Map<KindName, number>();
  policy = -1;
  /** Of one who has shown a certificate: that, and whether it is nobody's that the server believes. */
  certificate: Certificate | undefined = undefined;
  distrusted = false;

  constructor({ name, groups }: User, token?: BearerToken) {
    this.name = name;
    this.groups = groups;
    this.token = token;
    this.privileged = groups.includes(PRIVILEGED);
    const node = name.startsWith(NODE_PREFIX) && groups.includes(NODES) ? name.slice(NODE_PREFIX.length) : "";
    this.node = node === "" ? undefined : node;
    this.lease = node === "" ? undefined : `kube-node-lease/${node}`;
  }
}

/** The groups of somebody who has shown who he is. */
export const authenticated = (name: string, groups: readonly string[]): User => ({
  name,
  groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED],
});
