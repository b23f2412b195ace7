/** `kubectl taint nodes NODE key=value:Effect`, and `key:Effect-` or `key-` to take it away. */
import type { Taint, TaintEffect } from "../../api/taint.ts";
import { didYouMean } from "../scenario/suggestion.ts";
import { each, refusal, SELECTOR, type Verb } from "./action.ts";
import { nodeWords } from "./node-words.ts";
import { Misuse } from "./words.ts";

const EFFECTS: readonly TaintEffect[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const FORM = /^([\w./-]+?)(?:=([\w.-]*))?(?::(\w+))?(-)?$/;

/** One change: a taint to set, or to take away (then without value, and perhaps of any effect). */
interface Change {
  readonly key: string;
  readonly value: string | undefined;
  readonly effect: TaintEffect | undefined;
  readonly remove: boolean;
}

export const taint: Verb = {
  name: "taint",
  usage: "taint nodes NODE… KEY=VALUE:EFFECT… | KEY:EFFECT-… | KEY-…",
  flags: [SELECTOR, { name: "overwrite", alone: true }],
  parse(words) {
    words.kind(["Node"]);
    const rest = words.positional.slice(1);
    const changes = rest.filter(isChange).map(readChange);
    if (changes.length === 0)
      throw new Misuse("names no taint", "for example `taint nodes workers-0 maintenance=true:NoExecute`");
    const { find, ...nodes } = nodeWords(
      words,
      rest.filter((word) => !isChange(word)),
    );
    const overwrite = words.truth("overwrite");
    return {
      files: [],
      ...nodes,
      *run(client) {
        return yield* each(yield* find(client), function* (name) {
          yield* client.patch("Node", name, (node) => ({
            ...node,
            spec: { ...node.spec, taints: withTaints(name, node.spec.taints ?? [], changes, overwrite) },
          }));
          return `node/${name} ${changes.every(({ remove }) => remove) ? "untainted" : "tainted"}`;
        });
      },
    };
  },
};

const isChange = (word: string): boolean => /[=:]|-$/.test(word);

function readChange(word: string): Change {
  const match = FORM.exec(word);
  const [, key, value, effect, minus] = match ?? [];
  if (key === undefined) throw new Misuse(`found "${word}", expected KEY=VALUE:EFFECT`);
  if (effect !== undefined && !(EFFECTS as readonly string[]).includes(effect))
    throw new Misuse(
      `found the effect "${effect}", expected one of: ${EFFECTS.join(", ")}`,
      didYouMean(effect, EFFECTS),
    );
  if (minus === undefined && effect === undefined)
    throw new Misuse(`the taint "${word}" has no effect`, `for example \`${word}:NoSchedule\``);
  return { key, value, effect: effect as TaintEffect | undefined, remove: minus !== undefined };
}

/** The taints after the changes. Throws where kubectl refuses. */
export function withTaints(
  node: string,
  taints: readonly Taint[],
  changes: readonly Change[],
  overwrite: boolean,
): readonly Taint[] {
  let result = taints;
  for (const { key, value, effect, remove } of changes) {
    const matching = (each: Taint) => each.key === key && (effect === undefined || each.effect === effect);
    const there = result.some(matching);
    if (remove && !there) throw refusal(`taint "${key}${effect === undefined ? "" : `:${effect}`}" not found`);
    if (!remove && there && !overwrite)
      throw refusal(`node ${node} already has ${key} taint(s) with same effect(s) and --overwrite is false`);
    result = result.filter((each) => !matching(each));
    if (!remove) result = [...result, { key, ...(value !== undefined && value !== "" && { value }), effect: effect! }];
  }
  return result;
}
