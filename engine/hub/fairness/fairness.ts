/**
 * API priority and fairness of one server: every request has a level and a flow, every level its seats, and every ten seconds the seats that some
 * levels can spare go to those that want them. Behaviour of apiserver `pkg/util/flowcontrol/apf_controller.go`.
 *
 * Simplified: exempt requests take no seats from the others' sum.
 */
import type { KindName } from "../../api/kinds/registry.ts";
import type { User, Verb } from "../../api/wire.ts";
import { assert } from "../../base/assert.ts";
import { currentLimits } from "./borrowing.ts";
import { classify, type FlowSchema, inOrder } from "./flow-schema.ts";
import { Level, type QueuedRequest } from "./level.ts";
import { levelLimits, type PriorityLevel } from "./priority-level.ts";
import { deal, flowHash } from "./shuffle-sharding.ts";

/** Where requests of one sort of user, verb and kind go. */
export interface Route<W extends QueuedRequest> {
  readonly schema: FlowSchema;
  /** Undefined: exempt. */
  readonly level: Level<W> | undefined;
}

/** Users whom the schemas do not tell apart share what is known about them. */
type Routes<W extends QueuedRequest> = Map<Verb, Map<KindName, Route<W>>>;

export class Fairness<W extends QueuedRequest> {
  /** All but the exempt ones. */
  readonly levels: readonly Level<W>[];
  private readonly schemas: readonly FlowSchema[];
  private readonly byName: ReadonlyMap<string, Level<W> | undefined>;
  private readonly nominalSum: number;
  private readonly byUser = new WeakMap<User, Routes<W>>();
  private readonly bySort = new Map<string, Routes<W>>();
  private readonly hands = new Map<string, Uint16Array>();

  constructor(levels: readonly PriorityLevel[], schemas: readonly FlowSchema[], serverSeats: number, now: number) {
    const limits = levelLimits(levels, serverSeats);
    const made = levels.map((level, i) => (level.exempt ? undefined : new Level<W>(level, limits[i]!, now)));
    this.levels = made.filter((level) => level !== undefined);
    this.byName = new Map(levels.map(({ name }, i) => [name, made[i]]));
    this.schemas = inOrder(schemas);
    for (const { name, priorityLevel } of schemas)
      assert(this.byName.has(priorityLevel), `flow schema ${name} leads to a level that exists`);
    this.nominalSum = limits.reduce((sum, { nominal }) => sum + nominal, 0);
    this.adjust(now);
  }

  route(user: User, verb: Verb, kind: KindName): Route<W> | undefined {
    let routes = this.byUser.get(user);
    if (routes === undefined) {
      routes = this.routesOf(user);
      this.byUser.set(user, routes);
    }
    let kinds = routes.get(verb);
    if (kinds === undefined) {
      kinds = new Map();
      routes.set(verb, kinds);
    }
    let route = kinds.get(kind);
    if (route === undefined) {
      const schema = classify(this.schemas, user, verb, kind);
      if (schema === undefined) return undefined;
      route = { schema, level: this.byName.get(schema.priorityLevel) };
      kinds.set(kind, route);
    }
    return route;
  }

  /** The queues that a flow may stand in. */
  hand({ schema, level }: Route<W>, user: User, namespace: string): Uint16Array {
    const { distinguisher } = schema;
    const flow = distinguisher === "user" ? user.name : distinguisher === "namespace" ? namespace : "";
    const name = `${schema.name}\0${flow}`;
    let hand = this.hands.get(name);
    if (hand === undefined) {
      const queuing = level!.config.queuing;
      hand = new Uint16Array(queuing?.handSize ?? 0);
      if (queuing) deal(flowHash(schema.name, flow), queuing.queues, hand);
      this.hands.set(name, hand);
    }
    return hand;
  }

  /** Shares the seats out anew, by what was wanted since the last time. */
  adjust(now: number): void {
    for (const level of this.levels) level.look(now);
    const demands = this.levels.map(({ limits, demand: { highWatermark, smoothed } }) => ({
      ...limits,
      highWatermark,
      smoothed,
    }));
    const limits = currentLimits(demands, this.nominalSum);
    for (const [i, level] of this.levels.entries()) level.resize(limits[i]!, now);
  }

  private routesOf(user: User): Routes<W> {
    const matching = this.schemas.flatMap(({ rules }, i) =>
      rules.flatMap((rule, j) => (classify(only(rule), user, "get", "Pod") ? [`${i}.${j}`] : [])),
    );
    const sort = matching.join(" ");
    let routes = this.bySort.get(sort);
    if (routes === undefined) {
      routes = new Map();
      this.bySort.set(sort, routes);
    }
    return routes;
  }
}

/** A schema of one rule for everything: whether it matches depends on the user alone. */
const only = ({ subjects }: FlowSchema["rules"][number]): readonly FlowSchema[] => [
  { name: "", matchingPrecedence: 0, priorityLevel: "", rules: [{ subjects, verbs: ["*"], kinds: ["*"] }] },
];
