/** `kubectl rollout restart | undo | pause | resume` of Deployments (kubectl `polymorphichelpers`). */
import type { Deployment } from "../../api/kinds/deployment.ts";
import { controllerOf, joinKey } from "../../api/object.ts";
import type { Client } from "../../client/client.ts";
import { rollbackTemplate } from "../../control/controllers/deployment-revision.ts";
import type { Process } from "../../kernel/process.ts";
import { type Action, each, NAMESPACE, type ObjectName, refusal, type Verb } from "./action.ts";
import type { Words } from "./words.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

/** Starts every pod anew by a change of the template that says nothing but when. */
export const rolloutRestart: Verb = rollout("restart", (client, { namespace, name }, time) =>
  client.patch("Deployment", joinKey(namespace, name), (object) => {
    if (object.spec.paused)
      throw refusal(`deployments.apps "${name}" can't restart paused deployment (run rollout resume first)`);
    const { template } = object.spec;
    const annotations = { ...template.metadata?.annotations, [RESTARTED_AT]: time };
    return withSpec(object, { template: { ...template, metadata: { ...template.metadata, annotations } } });
  }),
);

export const rolloutPause: Verb = rollout("pause", (client, { namespace, name }) =>
  client.patch("Deployment", joinKey(namespace, name), (object) => {
    if (object.spec.paused) throw refusal(`deployments.apps "${name}" is already paused`);
    return withSpec(object, { paused: true });
  }),
);

export const rolloutResume: Verb = rollout("resume", (client, { namespace, name }) =>
  client.patch("Deployment", joinKey(namespace, name), (object) => {
    if (!object.spec.paused) throw refusal(`deployments.apps "${name}" is not paused`);
    return withSpec(object, { paused: false });
  }),
);

/** Puts an old template back, found among the ReplicaSets that the Deployment owns. */
export const rolloutUndo: Verb = {
  name: "rollout undo",
  usage: "rollout undo deployment/NAME [--to-revision=N]",
  flags: [NAMESPACE, { name: "to-revision" }],
  parse(words) {
    const names = words.objects(["Deployment"]);
    const revision = words.integer("to-revision") ?? 0;
    return { files: [], names, run: (client) => each(names, (object) => undo(client, object, revision)) };
  },
};

function* undo(client: Client, { namespace, name }: ObjectName, revision: number): Process<string> {
  const key = joinKey(namespace, name);
  const deployment = yield* client.get("Deployment", key);
  const { items } = yield* client.list("ReplicaSet", {
    ...(namespace !== undefined && { namespace }),
    labelSelector: deployment.spec.selector,
  });
  const owned = items.filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
  const rollback = rollbackTemplate(deployment, owned, revision);
  if ("refused" in rollback) {
    if (rollback.refused.startsWith("skipped")) return `deployment.apps/${name} ${rollback.refused}`;
    throw refusal(rollback.refused);
  }
  yield* client.patch("Deployment", key, (object) => withSpec(object, { template: rollback.template }));
  return `deployment.apps/${name} rolled back`;
}

const withSpec = (object: Deployment, change: Partial<Deployment["spec"]>): Deployment => ({
  ...object,
  spec: { ...object.spec, ...change },
});

type Change = (client: Client, object: ObjectName, time: string) => Process<Deployment>;

const DONE: Readonly<Record<string, string>> = { restart: "restarted", pause: "paused", resume: "resumed" };

function rollout(word: string, change: Change): Verb {
  return {
    name: `rollout ${word}`,
    usage: `rollout ${word} deployment/NAME`,
    flags: [NAMESPACE],
    parse(words: Words): Action {
      const names = words.objects(["Deployment"]);
      return {
        files: [],
        names,
        run: (client, _, time) =>
          each(names, function* (object) {
            yield* change(client, object, time);
            return `deployment.apps/${object.name} ${DONE[word]}`;
          }),
      };
    },
  };
}
