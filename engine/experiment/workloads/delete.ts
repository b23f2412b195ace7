/** `kubectl delete`, without waiting for the end of what it deletes (`--wait=false`). */
import { KINDS, type KindName } from "../../api/kinds/registry.ts";
import { joinKey, keyOf, splitKey } from "../../api/object.ts";
import type { DeleteOptions, Propagation } from "../../api/wire.ts";
import { each, NAMESPACE, SELECTOR, type Verb } from "./action.ts";
import { readSelector } from "./selector-text.ts";
import { Misuse } from "./words.ts";

const DELETABLE: readonly KindName[] = ["Deployment", "ReplicaSet", "Pod", "Node", "Thermostat", "Lease"];
const CASCADES: Readonly<Record<string, Propagation>> = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
};

/** Not named `delete`, which is a word of the language. */
export const deleteObjects: Verb = {
  name: "delete",
  usage:
    "delete KIND NAME… | KIND/NAME… | KIND -l LABELS | KIND --all [--grace-period=N] [--force] [--cascade=background|foreground|orphan]",
  flags: [
    NAMESPACE,
    SELECTOR,
    { name: "all", alone: true },
    { name: "grace-period" },
    { name: "force", alone: true },
    { name: "now", alone: true },
    { name: "cascade" },
    { name: "wait", alone: true },
  ],
  parse(words) {
    const options = deleteOptions(
      words.integer("grace-period"),
      words.truth("force"),
      words.truth("now"),
      words.text("cascade"),
    );
    const selector = words.text("selector");
    if (selector === undefined && !words.truth("all")) {
      const names = words.objects(DELETABLE);
      return {
        files: [],
        names,
        run: (client) =>
          each(names, function* ({ kind, namespace, name }) {
            yield* client.delete(kind, joinKey(namespace, name), options);
            return `${kind.toLowerCase()} "${name}" deleted`;
          }),
      };
    }
    const kind = words.kind(DELETABLE);
    if (words.positional.length > 1) throw new Misuse("names objects and selects by labels at once");
    const labelSelector = selector === undefined ? {} : readSelector(selector);
    return {
      files: [],
      names: [],
      ...(selector !== undefined && { selects: { kind, text: selector } }),
      *run(client) {
        const where = KINDS[kind].namespaced ? { namespace: words.namespace } : {};
        const { items } = yield* client.list(kind, { ...where, labelSelector });
        return yield* each(items, function* (object) {
          yield* client.delete(kind, keyOf(object), options);
          return `${kind.toLowerCase()} "${splitKey(keyOf(object)).name}" deleted`;
        });
      },
    };
  },
};

/** As kubectl combines them: `--now` is a grace of 1 s, and 0 s only counts with `--force` (otherwise it becomes 1 s). */
function deleteOptions(grace: number | undefined, force: boolean, now: boolean, cascade = "background"): DeleteOptions {
  if (now && grace !== undefined) throw new Misuse("--now and --grace-period exclude each other");
  if (force && (grace ?? 0) > 0)
    throw new Misuse("--force and --grace-period greater than 0 cannot be specified together");
  const propagation = Object.hasOwn(CASCADES, cascade) ? CASCADES[cascade] : undefined;
  if (!propagation) throw new Misuse(`--cascade wants background, foreground or orphan; found "${cascade}"`);
  const seconds = now ? 1 : force ? 0 : grace === 0 ? 1 : grace;
  return { propagation, ...(seconds !== undefined && { gracePeriodSeconds: seconds }) };
}
