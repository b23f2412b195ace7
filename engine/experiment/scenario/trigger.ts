/**
 * Moments that the timeline can wait for instead of a time: `when: …`.
 *
 *     when      = [ DURATION "after" ] moment [ "," NTH "time" ]
 *     moment    = "leader" COMPONENT ( "elected" | "stopped" )
 *               | "lease" NAMESPACE/NAME "changes" "hands"
 *               | [ NTH ] ( "write" | "creation" | "update" | "deletion" ) "of" KIND [ NAME ] [ "by" USER ]
 *               | KIND/NAME CONDITION  |  KIND NAME CONDITION
 *               | [ "the" ( "start" | "end" ) "of" ] "step" NAME
 *
 *     leader kube-controller-manager elected, 2nd time     begins to act as leader, for the second time in the run
 *     lease kube-system/kube-scheduler changes hands       another identity is written into it than held it last
 *     5th write of Pod by replicaset-controller            committed; NAME may have `*`: `default/web-*`, or `web-*` in any namespace
 *     deployment/web converged                             comes to be so; NAME may have its namespace before it: `deployment/shop/web`
 *     30s after the end of step outage                     steps have a `name:`; without "the end of": after its start
 *
 * NTH is 1st, 2nd, 3rd, …. USER is a user's name or the last part of it; `kubelet` is every node's. Counting begins at the start of the run, or at
 * the step's `at` where it has one as well; a condition that is true by then counts at once.
 */
import { KINDS, type KindName, SERVED_KINDS } from "../../api/kinds/registry.ts";
import { joinKey, type Key } from "../../api/object.ts";
import type { Duration } from "../../base/units.ts";
import { CONDITIONS } from "../condition.ts";
import type { ObjectName } from "../workloads/action.ts";
import { didYouMean } from "./suggestion.ts";
import { isRead, readDuration } from "./writing.ts";

export type Moment =
  | { readonly on: "leader"; readonly component: string; readonly change: "elected" | "stopped" }
  | { readonly on: "lease"; readonly lease: Key }
  | {
      readonly on: "write";
      /** Undefined: whatever the write does. */
      readonly change: "created" | "updated" | "deleted" | undefined;
      readonly kind: KindName;
      /** A key or a name, in which `*` stands for anything. */
      readonly name: string | undefined;
      readonly by: string | undefined;
    }
  | { readonly on: "condition"; readonly subject: ObjectName; readonly condition: string }
  | { readonly on: "step"; readonly step: string; readonly edge: "start" | "end" };

export interface Trigger {
  readonly moment: Moment;
  /** Which time it counts, from 1. */
  readonly nth: number;
  /** How long after the moment the step comes. */
  readonly later: Duration;
  /** As written. */
  readonly text: string;
}

/** The names that a trigger may use. */
export interface TriggerNames {
  readonly components: readonly string[];
  readonly leases: readonly string[];
  readonly users: readonly string[];
  readonly steps: readonly string[];
  /** Names of the objects of a kind; undefined when they cannot be known beforehand. */
  objects(kind: KindName, namespace: string | undefined): readonly string[] | undefined;
}

/** What is wrong with a trigger, and how far into its text. */
export class TriggerSlip {
  readonly offset: number;
  readonly message: string;
  readonly suggestion: string | undefined;

  constructor(offset: number, message: string, suggestion?: string) {
    this.offset = offset;
    this.message = message;
    this.suggestion = suggestion;
  }
}

export function parseTrigger(text: string, names: TriggerNames): Trigger | TriggerSlip {
  try {
    return new Reader(text, names).trigger();
  } catch (slip) {
    if (slip instanceof TriggerSlip) return slip;
    throw slip;
  }
}

interface Word {
  readonly text: string;
  readonly offset: number;
}

const CHANGES = { write: undefined, creation: "created", update: "updated", deletion: "deleted" } as const;
const BEGINNINGS = ["leader", "lease", "step", ...Object.keys(CHANGES)];
const NTH = /^([1-9]\d*)(st|nd|rd|th)$/;

class Reader {
  private readonly text: string;
  private readonly names: TriggerNames;
  private readonly words: Word[];
  private at = 0;

  constructor(text: string, names: TriggerNames) {
    this.text = text;
    this.names = names;
    this.words = [...text.matchAll(/[^\s,]+|,/g)].map((match) => ({ text: match[0], offset: match.index }));
  }

  trigger(): Trigger {
    const later = this.lead();
    const first = this.nth();
    const moment = this.moment(first !== undefined);
    const nth = this.trailingNth(first) ?? first ?? 1;
    if (moment.on === "step" && nth !== 1) throw new TriggerSlip(0, "a step comes once", "leave out which time");
    return { moment, nth, later, text: this.text };
  }

  /** `30s after`. */
  private lead(): Duration {
    if (this.words[1]?.text !== "after") return 0 as Duration;
    const reading = readDuration(this.words[0]!.text);
    if (!isRead(reading)) throw new TriggerSlip(this.words[0]!.offset, reading.message, reading.suggestion);
    this.at = 2;
    return reading.value;
  }

  private nth(): number | undefined {
    const match = NTH.exec(this.words[this.at]?.text ?? "");
    if (!match) return undefined;
    this.at++;
    return Number(match[1]);
  }

  private trailingNth(first: number | undefined): number | undefined {
    const comma = this.peek(",");
    if (comma) this.at++;
    const place = this.words[this.at];
    const nth = this.nth();
    if (nth === undefined) {
      if (comma) throw this.unexpected("which time, for example `2nd time`");
      if (place) throw this.unexpected("the end");
      return undefined;
    }
    if (first !== undefined) throw new TriggerSlip(place!.offset, "says twice which time it is", "keep one of the two");
    this.expect("time");
    if (this.at < this.words.length) throw this.unexpected("the end");
    return nth;
  }

  private moment(counted: boolean): Moment {
    const word = this.take(`a moment, for example \`deployment/web converged\``);
    if (word.text in CHANGES) return this.write(word.text as keyof typeof CHANGES);
    if (counted) {
      this.at--;
      throw this.unexpected("one of: write, creation, update, deletion", Object.keys(CHANGES));
    }
    switch (word.text) {
      case "leader":
        return this.leader();
      case "lease":
        return this.lease();
      case "step":
        return this.step("start");
      case "the": {
        const edge = this.oneOf(["start", "end"]);
        this.expect("of");
        this.expect("step");
        return this.step(edge);
      }
      default:
        return this.condition(word);
    }
  }

  private leader(): Moment {
    const component = this.known("a component that elects a leader", this.names.components);
    return { on: "leader", component, change: this.oneOf(["elected", "stopped"]) };
  }

  private lease(): Moment {
    const lease = this.known("a lease as NAMESPACE/NAME", this.names.leases);
    this.expect("changes");
    this.expect("hands");
    return { on: "lease", lease };
  }

  private step(edge: "start" | "end"): Moment {
    return { on: "step", step: this.known("the `name` of a step", this.names.steps), edge };
  }

  private write(what: keyof typeof CHANGES): Moment {
    this.expect("of");
    const word = this.take("a kind");
    const kind = kindNamed(word.text);
    if (!kind) throw this.unknownKind(word);
    const named = !this.peek(",") && !this.peek("by") && this.words[this.at] !== undefined && !this.peekNth();
    const name = named ? this.words[this.at++]!.text : undefined;
    const by = this.peek("by") ? this.user() : undefined;
    return { on: "write", change: CHANGES[what], kind, name, by };
  }

  private user(): string {
    this.at++;
    const full = this.words[this.at]?.text.includes(":");
    return full ? this.words[this.at++]!.text : this.known("a user", this.names.users);
  }

  private condition(word: Word): Moment {
    const subject = this.subject(word);
    const fitting = CONDITIONS.filter(({ kinds }) => kinds.includes(subject.kind)).map(({ name }) => name);
    return { on: "condition", subject, condition: this.oneOf(fitting) };
  }

  private subject(word: Word): ObjectName {
    const parts = word.text.split("/");
    const kind = kindNamed(parts[0]!);
    if (!kind) throw this.unknownKind(word, BEGINNINGS);
    if (parts.length === 1) parts.push(...this.take(`the name of a ${kind}`).text.split("/"));
    if (parts.length > (KINDS[kind].namespaced ? 3 : 2) || parts.includes(""))
      throw new TriggerSlip(
        word.offset,
        `found "${parts.join("/")}", expected KIND/NAME`,
        "for example `deployment/web`",
      );
    const name = parts.at(-1)!;
    const namespace = KINDS[kind].namespaced ? (parts.length === 3 ? parts[1]! : "default") : undefined;
    const known = this.names.objects(kind, namespace);
    if (known && !known.includes(name))
      throw new TriggerSlip(
        this.words[this.at - 1]!.offset,
        `there is no ${kind.toLowerCase()} "${joinKey(namespace === "default" ? undefined : namespace, name)}"`,
        didYouMean(name, known),
      );
    return { kind, namespace, name };
  }

  private unknownKind({ text, offset }: Word, others: readonly string[] = []): TriggerSlip {
    const kind = text.split("/")[0]!;
    const known = [...new Set([...others, ...SERVED_KINDS.map((name) => name.toLowerCase())])];
    const what = others.length > 0 ? "a moment" : "a kind";
    return new TriggerSlip(offset, `found "${kind}", expected ${what}`, didYouMean(kind, known));
  }

  private peek(text: string): boolean {
    return this.words[this.at]?.text === text;
  }

  private peekNth(): boolean {
    return NTH.test(this.words[this.at]?.text ?? "") && this.words[this.at + 1]?.text === "time";
  }

  private take(expected: string): Word {
    const word = this.words[this.at];
    if (!word || word.text === ",") throw this.unexpected(expected);
    this.at++;
    return word;
  }

  private expect(text: string): void {
    if (!this.peek(text)) throw this.unexpected(`"${text}"`, [text]);
    this.at++;
  }

  private oneOf<const T extends string>(values: readonly T[]): T {
    const value = values.find((each) => each === this.words[this.at]?.text);
    if (value === undefined) throw this.unexpected(`one of: ${values.join(", ")}`, values);
    this.at++;
    return value;
  }

  /** A word that is one of these names. */
  private known(expected: string, names: readonly string[]): string {
    const { text } = this.take(expected);
    if (names.includes(text)) return text;
    this.at--;
    throw this.unexpected(expected, names, true);
  }

  private unexpected(expected: string, known: readonly string[] = [], list = false): TriggerSlip {
    const word = this.words[this.at];
    const found = word ? `found "${word.text}"` : "ends too early";
    const hint = word && known.length > 0 ? didYouMean(word.text, known) : undefined;
    const suggestion = list || hint?.startsWith("did") ? hint : undefined;
    return new TriggerSlip(word?.offset ?? this.text.length, `${found}, expected ${expected}`, suggestion);
  }
}

const kindNamed = (text: string): KindName | undefined =>
  SERVED_KINDS.find((kind) => [kind.toLowerCase(), KINDS[kind].plural].includes(text.toLowerCase()));
