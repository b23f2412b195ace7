/**
 * The words of one command: positional ones and flags, split as a shell would. What is wrong with them is thrown as a `Misuse`, a plain
 * value that only `parseKubectl` catches, so that the verbs read straight on.
 */
import { KINDS, type KindName } from "../../api/kinds/registry.ts";
import { didYouMean } from "../scenario/suggestion.ts";
import type { FlagSpec, ObjectName } from "./action.ts";

/** Why a command makes no sense. */
export class Misuse {
  readonly message: string;
  readonly suggestion: string | undefined;

  constructor(message: string, suggestion?: string) {
    this.message = message;
    this.suggestion = suggestion;
  }
}

/** Splits as a shell does, single and double quotes included. */
export function splitWords(command: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const letter of command) {
    if (quote !== undefined) {
      if (letter === quote) quote = undefined;
      else word += letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= "";
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + letter;
  }
  if (quote !== undefined) throw new Misuse(`the quote ${quote} is not closed`);
  if (word !== undefined) words.push(word);
  return words;
}

const SHORT_NAMES: Readonly<Record<string, KindName>> = {
  deploy: "Deployment",
  rs: "ReplicaSet",
  po: "Pod",
  no: "Node",
  ns: "Namespace",
};

export class Words {
  /** Words that are no flags. */
  readonly positional: readonly string[];
  /** What follows a bare `--`. */
  readonly command: readonly string[];
  private readonly flags: ReadonlyMap<string, string>;

  constructor(words: readonly string[], specs: readonly FlagSpec[], verb: string) {
    const positional: string[] = [];
    const flags = new Map<string, string>();
    const end = words.includes("--") ? words.indexOf("--") : words.length;
    this.command = words.slice(end + 1);
    for (let i = 0; i < end; i++) {
      const match = /^(--?)([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(words[i]!);
      if (!match) {
        positional.push(words[i]!);
        continue;
      }
      const [, dashes, name, inline] = match;
      const spec = specs.find((each) => (dashes === "-" ? each.short === name : each.name === name));
      if (!spec) throw unknownFlag(words[i]!, name!, specs, verb);
      const value = inline ?? (spec.alone ? "true" : words.slice(0, end)[++i]);
      if (value === undefined) throw new Misuse(`--${spec.name} needs a value`, `for example \`--${spec.name}=…\``);
      if (flags.has(spec.name)) throw new Misuse(`--${spec.name} is given twice`);
      flags.set(spec.name, value);
    }
    this.positional = positional;
    this.flags = flags;
  }

  has(flag: string): boolean {
    return this.flags.has(flag);
  }

  text(flag: string): string | undefined {
    return this.flags.get(flag);
  }

  /** A flag that stands alone, or says `=true` or `=false`. */
  truth(flag: string, otherwise = false): boolean {
    const value = this.flags.get(flag);
    if (value === undefined) return otherwise;
    if (value !== "true" && value !== "false") throw new Misuse(`--${flag} is either there or not; found "${value}"`);
    return value === "true";
  }

  /** A whole number of at least `minimum`. */
  integer(flag: string, minimum = 0): number | undefined {
    const value = this.flags.get(flag);
    if (value === undefined) return undefined;
    if (!/^-?\d+$/.test(value) || Number(value) < minimum)
      throw new Misuse(`--${flag} wants a whole number of at least ${minimum}; found "${value}"`);
    return Number(value);
  }

  get namespace(): string {
    return this.flags.get("namespace") ?? "default";
  }

  /** The objects named by `kind/name …` or `kind name …`, which must be of one of these kinds. At least one, unless `optional`. */
  objects(kinds: readonly KindName[], words = this.positional): readonly ObjectName[] {
    const [first, ...rest] = words;
    if (first === undefined) throw new Misuse("does not say what to act on", `for example \`${example(kinds[0]!)}\``);
    if (first.includes("/")) return words.map((word) => this.object(word, kinds));
    const kind = kindOf(first, kinds);
    if (rest.length === 0) throw new Misuse(`names no ${kind}`, `for example \`${example(kind)}\``);
    return rest.map((name) => this.name(kind, name));
  }

  /** `kind/name`. */
  object(word: string, kinds: readonly KindName[]): ObjectName {
    const slash = word.indexOf("/");
    if (slash < 1 || slash === word.length - 1)
      throw new Misuse(`found "${word}", expected KIND/NAME`, `for example \`${example(kinds[0]!)}\``);
    return this.name(kindOf(word.slice(0, slash), kinds), word.slice(slash + 1));
  }

  /** The kind that the first word names, as in `delete pods -l app=web`. */
  kind(kinds: readonly KindName[]): KindName {
    const [first] = this.positional;
    if (first === undefined) throw new Misuse("does not say what to act on", `for example \`${example(kinds[0]!)}\``);
    return kindOf(first, kinds);
  }

  name(kind: KindName, name: string): ObjectName {
    return { kind, namespace: KINDS[kind].namespaced ? this.namespace : undefined, name };
  }
}

const example = (kind: KindName): string => `${kind.toLowerCase()}/${kind === "Node" ? "workers-0" : "web"}`;

/** `deployment`, `deployments`, `deploy`, `deployments.apps`. */
function kindOf(word: string, kinds: readonly KindName[]): KindName {
  const plain = word.toLowerCase().replace(/\..*$/, "");
  const kind = kinds.find(
    (each) => plain === each.toLowerCase() || plain === KINDS[each].plural || SHORT_NAMES[plain] === each,
  );
  if (kind) return kind;
  const names = kinds.map((each) => each.toLowerCase());
  const hint = didYouMean(plain, [...names, ...kinds.map((each) => KINDS[each].plural)]);
  throw new Misuse(
    `"${word}" is not a kind that this works on`,
    hint?.startsWith("did") ? hint : `known: ${names.join(", ")}`,
  );
}

function unknownFlag(word: string, name: string, specs: readonly FlagSpec[], verb: string): Misuse {
  const known = specs.flatMap((each) => [`--${each.name}`]);
  const hint = didYouMean(`--${name}`, known);
  return new Misuse(`\`${verb}\` has no flag ${word.replace(/=.*$/s, "")}, or it is not modelled`, hint);
}
