/** The pod that `logs`, `exec`, `attach` and `port-forward` are about: named itself, or one of those that a Deployment or ReplicaSet has. */
import { isActive, type Pod } from "../../api/kinds/pod.ts";
import { joinKey, type Key, keyOf } from "../../api/object.ts";
import type { Client } from "../../client/client.ts";
import type { Process } from "../../kernel/process.ts";
import { type ObjectName, refusal } from "./action.ts";
import { Misuse, type Words } from "./words.ts";

/** `NAME`, `pod/NAME`, `deployment/NAME`, `replicaset/NAME`: the first of the words. */
export function podWord(words: Words): ObjectName {
  const [word] = words.positional;
  if (word === undefined) throw new Misuse("names no pod", "for example `pod/web-0` or `deployment/web`");
  return word.includes("/") ? words.object(word, ["Pod", "Deployment", "ReplicaSet"]) : words.name("Pod", word);
}

/** The pod's key. Of several, the one that kubectl takes: one that runs, the oldest first (`polymorphichelpers`, `ActivePods`). */
export function* findPod(client: Client, { kind, namespace, name }: ObjectName): Process<Key> {
  if (kind !== "Deployment" && kind !== "ReplicaSet") return joinKey(namespace, name);
  const { spec } = yield* client.get(kind, joinKey(namespace, name));
  const where = namespace === undefined ? {} : { namespace };
  const { items } = yield* client.list("Pod", { ...where, labelSelector: spec.selector });
  const [first] = items.filter(isActive).sort(byFitness);
  if (first === undefined) throw refusal(`no pods found for ${kind.toLowerCase()} "${name}"`);
  return keyOf(first);
}

const rank = ({ status, spec }: Pod): number => (status.phase === "Running" ? 0 : spec.nodeName !== undefined ? 1 : 2);

const byFitness = (a: Pod, b: Pod): number =>
  rank(a) - rank(b) ||
  a.metadata.creationTimestamp - b.metadata.creationTimestamp ||
  (a.metadata.name < b.metadata.name ? -1 : 1);
