/** One command as after `kubectl`: read, checked, ready to run. */
import { didYouMean } from "../scenario/suggestion.ts";
import { type Action, NAMESPACE, type Verb } from "./action.ts";
import { VERBS } from "./registry.ts";
import { Misuse, splitWords, Words } from "./words.ts";

export type ParsedCommand = { readonly action: Action } | { readonly message: string; readonly suggestion?: string };

/** Reads a command such as `scale deployment/web --replicas=3`. Pure; a leading `kubectl` is allowed, and `-n shop` before the verb. */
export function parseKubectl(command: string): ParsedCommand {
  try {
    const words = splitWords(command);
    const { flags, rest } = leadingFlags(words[0] === "kubectl" ? words.slice(1) : words);
    const [verb, more] = findVerb(rest);
    const takesNamespace = verb.flags.includes(NAMESPACE);
    return { action: withUsage(verb, takesNamespace ? [...flags, ...more] : more) };
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    const { message, suggestion } = error;
    return suggestion === undefined ? { message } : { message, suggestion };
  }
}

function withUsage(verb: Verb, words: readonly string[]): Action {
  try {
    return verb.parse(new Words(words, verb.flags, verb.name));
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    throw new Misuse(error.message, error.suggestion ?? `usage: ${verb.usage}`);
  }
}

/** Verbs of kubectl that change nothing, or that are not modelled. */
const OTHER_VERBS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    "describe top explain events wait cp proxy diff version cluster-info config auth api-resources"
      .split(" ")
      .map((verb) => [verb, "leave it out: reports show what it would"]),
  ),
  ...Object.fromEntries(
    "create run expose edit patch replace autoscale debug certificate kustomize"
      .split(" ")
      .map((verb) => [verb, "write a manifest, and `apply -f` it"]),
  ),
};

/** The namespace, which kubectl also takes before the verb, and then of every verb: what lies in none does not mind. */
function leadingFlags(words: readonly string[]): {
  readonly flags: readonly string[];
  readonly rest: readonly string[];
} {
  const [first = ""] = words;
  if (!first.startsWith("-")) return { flags: [], rest: words };
  const match = /^(?:-n|--namespace)(=.*)?$/s.exec(first);
  if (!match)
    throw new Misuse(
      `the flag ${first.replace(/=.*$/s, "")} before the command is not modelled`,
      "write it behind, or leave it out",
    );
  const length = match[1] === undefined ? 2 : 1;
  return { flags: words.slice(0, length), rest: words.slice(length) };
}

function findVerb(words: readonly string[]): [Verb, readonly string[]] {
  const [first, second] = words;
  const names = VERBS.map((verb) => verb.name);
  if (first === undefined) throw new Misuse("is empty", `known: ${names.join(", ")}`);
  const one = VERBS.find((verb) => verb.name === first);
  if (one) return [one, words.slice(1)];
  const two = VERBS.find((verb) => verb.name === `${first} ${second}`);
  if (two) return [two, words.slice(2)];
  const family = names.filter((name) => name.startsWith(`${first} `));
  if (family.length > 0) {
    if (second === undefined) throw new Misuse(`\`${first}\` alone is no command`, `known: ${family.join(", ")}`);
    throw new Misuse(
      `\`${first}\` knows no \`${second}\`, or it is not modelled`,
      didYouMean(`${first} ${second}`, family),
    );
  }
  const other = Object.hasOwn(OTHER_VERBS, first) ? OTHER_VERBS[first] : undefined;
  if (other !== undefined) throw new Misuse(`\`kubectl ${first}\` is not modelled`, other);
  throw new Misuse(
    `unknown command \`${first}\``,
    didYouMean(first, [...names, ...names.map((name) => name.split(" ")[0]!)]),
  );
}
