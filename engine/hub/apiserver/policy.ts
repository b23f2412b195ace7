/**
 * The roles and bindings that are in force on one API server: those that its watch caches show, made into rules again after each change of
 * them. So a new binding counts a moment after it was written, and on each server in its own time.
 */
import type { KindName } from "../../api/kinds/registry.ts";
import type { KubeObject } from "../../api/object.ts";
import type { RulesInForce } from "../authorization/authorizer.ts";
import { Rules } from "../authorization/rbac.ts";
import { EVERYTHING, type Selection } from "../storage/selection.ts";
import type { Subscriber } from "./delivery.ts";
import type { Feed } from "./feed.ts";

const KINDS_OF_POLICY: readonly KindName[] = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

export class PolicyInForce implements RulesInForce, Subscriber {
  readonly selection: Selection = EVERYTHING;
  readonly from = 0;
  private readonly feed: Feed;
  private changes = 0;
  private made: { readonly version: number; readonly rules: Rules } | undefined;

  constructor(feed: Feed) {
    this.feed = feed;
    for (const kind of KINDS_OF_POLICY) feed.audience(kind).add(this);
  }

  /** Changes with each change of a role or binding, and when the caches have begun anew. */
  get version(): number {
    return this.changes + this.feed.beginnings;
  }

  get rules(): Rules {
    const { version } = this;
    if (this.made?.version !== version) this.made = { version, rules: this.read() };
    return this.made.rules;
  }

  /** The feed's call: one of them has changed. */
  deliver(): void {
    this.changes++;
  }

  private read(): Rules {
    const all = <T extends KubeObject>(kind: KindName) => this.feed.cache(kind).list(EVERYTHING) as readonly T[];
    return new Rules({
      clusterRoles: all("ClusterRole"),
      clusterRoleBindings: all("ClusterRoleBinding"),
      roles: all("Role"),
      roleBindings: all("RoleBinding"),
    });
  }
}
