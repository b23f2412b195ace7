/** The nodes that a command names, or selects by labels. */
import type { Client } from "../../client/client.ts";
import type { Process } from "../../kernel/process.ts";
import type { Action, ObjectName } from "./action.ts";
import { readSelector } from "./selector-text.ts";
import { Misuse, type Words } from "./words.ts";

/** What goes into an action, and how to find the nodes when it runs. */
export interface NodeWords extends Pick<Action, "names" | "selects"> {
  find(client: Client): Process<readonly string[]>;
}

/** `NAME…`, `node/NAME…`, or `-l LABELS`. */
export function nodeWords(words: Words, positional = words.positional): NodeWords {
  const selector = words.text("selector");
  if (selector !== undefined) {
    if (positional.length > 0) throw new Misuse("names nodes and selects by labels at once");
    const labelSelector = readSelector(selector);
    return {
      names: [],
      selects: { kind: "Node", text: selector },
      *find(client) {
        const { items } = yield* client.list("Node", { labelSelector });
        return items.map((node) => node.metadata.name);
      },
    };
  }
  if (positional.length === 0) throw new Misuse("names no node");
  const names = positional.map(
    (word): ObjectName => (word.includes("/") ? words.object(word, ["Node"]) : words.name("Node", word)),
  );
  return {
    names,
    *find() {
      return names.map(({ name }) => name);
    },
  };
}
