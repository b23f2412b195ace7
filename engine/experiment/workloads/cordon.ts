/** `kubectl cordon` and `uncordon`: whether the scheduler may put new pods on a node. */
import type { Client } from "../../client/client.ts";
import type { Process } from "../../kernel/process.ts";
import { each, SELECTOR, type Verb } from "./action.ts";
import { nodeWords } from "./node-words.ts";

export const cordon: Verb = schedulability("cordon", true);
export const uncordon: Verb = schedulability("uncordon", false);

function schedulability(name: "cordon" | "uncordon", unschedulable: boolean): Verb {
  return {
    name,
    usage: `${name} NODE…`,
    flags: [SELECTOR],
    parse(words) {
      const { find, ...nodes } = nodeWords(words);
      return {
        files: [],
        ...nodes,
        *run(client) {
          return yield* each(yield* find(client), (node) => setUnschedulable(client, node, unschedulable));
        },
      };
    },
  };
}

/** Changes the node if it needs changing, and says what kubectl would. */
export function* setUnschedulable(client: Client, name: string, unschedulable: boolean): Process<string> {
  const word = unschedulable ? "cordoned" : "uncordoned";
  const node = yield* client.get("Node", name);
  if ((node.spec.unschedulable ?? false) === unschedulable) return `node/${name} already ${word}`;
  yield* client.patch("Node", name, (object) => {
    const { unschedulable: _, ...spec } = object.spec;
    return { ...object, spec: unschedulable ? { ...spec, unschedulable } : spec };
  });
  return `node/${name} ${word}`;
}
