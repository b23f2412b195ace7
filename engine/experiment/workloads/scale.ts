/** `kubectl scale`: writes `spec.replicas` (the real one writes it through the scale subresource, which is the same write here). */
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { joinKey } from "../../api/object.ts";
import { each, NAMESPACE, refusal, type Verb } from "./action.ts";
import { Misuse } from "./words.ts";

export const scale: Verb = {
  name: "scale",
  usage: "scale deployment/NAME --replicas=N [--current-replicas=N]",
  flags: [NAMESPACE, { name: "replicas" }, { name: "current-replicas" }],
  parse(words) {
    const names = words.objects(["Deployment", "ReplicaSet"]);
    const replicas = words.integer("replicas");
    if (replicas === undefined) throw new Misuse("does not say how many", "add `--replicas=N`");
    const current = words.integer("current-replicas");
    return {
      files: [],
      names,
      run: (client) =>
        each(names, function* ({ kind, namespace, name }) {
          const change = <T extends Deployment | ReplicaSet>(object: T): T => {
            if (current !== undefined && object.spec.replicas !== current)
              throw refusal(`Expected replicas to be ${current}, was ${object.spec.replicas}`);
            return { ...object, spec: { ...object.spec, replicas } };
          };
          yield* client.patch(kind as "Deployment" | "ReplicaSet", joinKey(namespace, name), change);
          return `${kind.toLowerCase()}.apps/${name} scaled`;
        }),
    };
  },
};
