/** `kubectl label` and `kubectl annotate`: `KEY=VALUE` sets, `KEY-` takes away. */
import type { KindName } from "../../api/kinds/registry.ts";
import { joinKey, type KubeObject } from "../../api/object.ts";
import { each, NAMESPACE, refusal, type Verb } from "./action.ts";
import { Misuse } from "./words.ts";

const KINDS_WITH_LABELS: readonly KindName[] = ["Node", "Pod", "Deployment", "ReplicaSet", "Namespace", "Thermostat"];

export const label: Verb = marking("label", "labels", "labeled");
export const annotate: Verb = marking("annotate", "annotations", "annotated");

type Texts = Readonly<Record<string, string>>;

function marking(verb: "label" | "annotate", field: "labels" | "annotations", done: string): Verb {
  return {
    name: verb,
    usage: `${verb} KIND NAME… KEY=VALUE… KEY-…`,
    flags: [NAMESPACE, { name: "overwrite", alone: true }],
    parse(words) {
      const isChange = (word: string) => /=|-$/.test(word);
      const changes = words.positional.filter(isChange);
      const names = words.objects(
        KINDS_WITH_LABELS,
        words.positional.filter((word) => !isChange(word)),
      );
      if (changes.length === 0)
        throw new Misuse(`does not say what to ${verb}`, `for example \`${verb} nodes workers-0 disk=ssd\``);
      const overwrite = words.truth("overwrite");
      return {
        files: [],
        names,
        run: (client) =>
          each(names, function* ({ kind, namespace, name }) {
            const change = <T extends KubeObject>(object: T): T => ({
              ...object,
              metadata: { ...object.metadata, [field]: marked(object.metadata[field] ?? {}, changes, overwrite) },
            });
            yield* client.patch(kind, joinKey(namespace, name), change);
            return `${kind.toLowerCase()}/${name} ${done}`;
          }),
      };
    },
  };
}

/** The texts after the changes. Throws where kubectl refuses: a value that is there already, without `--overwrite`. */
export function marked(texts: Texts, changes: readonly string[], overwrite: boolean): Texts {
  const result: Record<string, string> = { ...texts };
  for (const change of changes) {
    const at = change.indexOf("=");
    if (at < 0) {
      delete result[change.slice(0, -1)];
      continue;
    }
    const [key, value] = [change.slice(0, at), change.slice(at + 1)];
    const old = result[key];
    if (old !== undefined && old !== value && !overwrite)
      throw refusal(`'${key}' already has a value (${old}), and --overwrite is false`);
    result[key] = value;
  }
  return result;
}
