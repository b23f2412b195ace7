/**
 * The authorizers of a server in their order, Node and RBAC, and a memory of what RBAC allows everywhere. The first that says yes is enough; when
 * none does, the refusal carries what each had to say (apiserver `pkg/authorization/union`).
 *
 * What a caller may do to every object of a kind is kept with the caller as bits, for as long as the policy stands: the next such request is one
 * look into a Map. A kubelet's own lease is known without any.
 */
import type { ApiError } from "../../api/error.ts";
import type { ApiRequest, Subresource, Verb } from "../../api/wire.ts";
import type { Principal } from "../authentication/principal.ts";
import { type Attributes, attributesOf, forbiddenTo } from "./attributes.ts";
import { nodeObjection, type PodsOf } from "./node-authorizer.ts";
import type { Rules } from "./rbac.ts";

export const AUTHORIZATION_MODES = ["Node", "RBAC", "AlwaysAllow", "AlwaysDeny"] as const;
export type AuthorizationMode = (typeof AUTHORIZATION_MODES)[number];

/** Bits of what is allowed: seven for the objects themselves, and seven more for each of the subresources that are asked for often. */
const BITS: Readonly<Record<Verb, number>> = {
  get: 1,
  list: 2,
  watch: 4,
  create: 8,
  update: 16,
  patch: 32,
  delete: 64,
};
const SHIFTS: { readonly [S in Subresource]?: number } = { status: 7, binding: 14, eviction: 21 };

function bitOf({ verb, subresource }: ApiRequest): number {
  if (subresource === undefined) return BITS[verb];
  const shift = SHIFTS[subresource];
  return shift === undefined ? 0 : BITS[verb] << shift;
}

/** The rules in force, with a number that changes whenever they do. */
export interface RulesInForce {
  readonly version: number;
  readonly rules: Rules;
}

export class Authorizer {
  private readonly modes: readonly AuthorizationMode[];
  private readonly nodeFirst: boolean;
  private readonly force: RulesInForce;
  private readonly podsOf: PodsOf;

  constructor(modes: readonly AuthorizationMode[], force: RulesInForce, podsOf: PodsOf) {
    this.modes = modes;
    this.nodeFirst = modes[0] === "Node";
    this.force = force;
    this.podsOf = podsOf;
  }

  /** Undefined: go on. */
  refusal(caller: Principal, request: ApiRequest): ApiError | undefined {
    if (caller.privileged) return undefined;
    const { kind, key, verb, subresource } = request;
    if (kind === "Lease" && this.nodeFirst && key === caller.lease && subresource === undefined) {
      if (verb !== "list" && verb !== "watch") {
        caller.lease = key; // the same text, so that next time it is the same object too
        return undefined;
      }
    }
    const { version } = this.force;
    if (caller.policy !== version) {
      caller.allowed.clear();
      caller.policy = version;
    }
    const bit = bitOf(request);
    const known = caller.allowed.get(kind) ?? 0;
    if ((known & bit) !== 0) return undefined;
    const attributes = attributesOf(caller, request);
    const reasons = this.objections(caller.node, attributes);
    if (reasons !== undefined) return forbiddenTo(attributes, reasons);
    // What a kubelet may do depends on whose object it is; there is nothing to remember.
    if (bit !== 0 && caller.node === undefined && this.allowedForAll(attributes)) caller.allowed.set(kind, known | bit);
    return undefined;
  }

  /** Undefined: allowed. Else the reasons of all. */
  objections(node: string | undefined, attributes: Attributes): string | undefined {
    const reasons: string[] = [];
    for (const mode of this.modes) {
      const reason = this.objection(mode, node, attributes);
      if (reason === undefined) return undefined;
      if (reason !== "") reasons.push(reason);
    }
    return reasons.join("\n");
  }

  private objection(mode: AuthorizationMode, node: string | undefined, attributes: Attributes): string | undefined {
    if (mode === "AlwaysAllow") return undefined;
    if (mode === "AlwaysDeny") return "Everything is forbidden.";
    if (mode === "Node") return node === undefined ? "" : nodeObjection(node, attributes, this.podsOf);
    const { rules } = this.force;
    return rules.allowEverywhere(attributes) || rules.allowWithin(attributes) ? undefined : "";
  }

  /** Whether RBAC allows the same for every name and namespace. */
  private allowedForAll(attributes: Attributes): boolean {
    return this.modes.includes("RBAC") && this.force.rules.allowEverywhere({ ...attributes, name: "", namespace: "" });
  }
}
