/**
 * `kubectl drain`: cordons, then moves every pod away and waits until it is gone. An eviction is a plain deletion here, because disruption
 * budgets are not modelled; consequence: no drain ever waits for a budget.
 */
import { isApiError } from "../../api/error.ts";
import { isTerminal, type Pod } from "../../api/kinds/pod.ts";
import { controllerOf, keyOf } from "../../api/object.ts";
import { type Duration, FOREVER, formatDuration, parseDuration, seconds } from "../../base/units.ts";
import type { Client } from "../../client/client.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import { each, refusal, SELECTOR, type Verb } from "./action.ts";
import { setUnschedulable } from "./cordon.ts";
import { nodeWords } from "./node-words.ts";
import { Misuse } from "./words.ts";

/** kubectl `drain.go` waitForDelete. */
const POLL = seconds(1);

export const drain: Verb = {
  name: "drain",
  usage: "drain NODE… [--grace-period=N] [--force] [--timeout=D] [--ignore-daemonsets] [--delete-emptydir-data]",
  flags: [
    SELECTOR,
    { name: "grace-period" },
    { name: "force", alone: true },
    { name: "timeout" },
    { name: "ignore-daemonsets", alone: true },
    { name: "delete-emptydir-data", alone: true },
    { name: "disable-eviction", alone: true },
  ],
  parse(words) {
    const { find, ...nodes } = nodeWords(words);
    const given = words.integer("grace-period", -1);
    const grace = given === undefined || given < 0 ? undefined : given;
    const limit = readTimeout(words.text("timeout"));
    const force = words.truth("force");
    return {
      files: [],
      ...nodes,
      *run(client) {
        return yield* each(yield* find(client), (node) => drainNode(client, node, grace, force, limit));
      },
    };
  },
};

function readTimeout(text: string | undefined): Duration {
  if (text === undefined) return FOREVER;
  const limit = parseDuration(text);
  if (limit === undefined)
    throw new Misuse(`--timeout wants a duration; found "${text}"`, "for example `--timeout=5m`");
  return limit === 0 ? FOREVER : limit;
}

function* drainNode(
  client: Client,
  node: string,
  grace: number | undefined,
  force: boolean,
  limit: Duration,
): Process<string> {
  const said = yield* setUnschedulable(client, node, true);
  const { items } = yield* client.list("Pod", { fieldSelector: { field: "spec.nodeName", value: node } });
  const pods = items.filter((pod) => controllerOf(pod)?.kind !== "DaemonSet");
  const unmanaged = pods.filter((pod) => controllerOf(pod) === undefined && !isTerminal(pod));
  if (unmanaged.length > 0 && !force)
    throw refusal(
      `unable to drain node "${node}": cannot delete pods that declare no controller (use --force to override): ${unmanaged.map(keyOf).join(", ")}`,
    );
  for (const pod of pods) yield* evict(client, pod, grace);
  yield* waitUntilGone(client, pods, node, limit);
  return `${said}; node/${node} drained (${pods.length} pods)`;
}

function* evict(client: Client, pod: Pod, grace: number | undefined): Process {
  const options = { uid: pod.metadata.uid, ...(grace !== undefined && { gracePeriodSeconds: grace }) };
  try {
    yield* client.delete("Pod", keyOf(pod), options);
  } catch (error) {
    if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) throw error;
  }
}

function* waitUntilGone(client: Client, pods: readonly Pod[], node: string, limit: Duration): Process {
  let waited = 0;
  for (const pod of pods) {
    while (yield* isThere(client, pod)) {
      if (waited >= limit)
        throw refusal(
          `unable to drain node "${node}": pod ${keyOf(pod)} was still there after ${formatDuration(limit)}`,
        );
      yield* sleep(POLL);
      waited += POLL;
    }
  }
}

function* isThere(client: Client, pod: Pod): Process<boolean> {
  try {
    const found = yield* client.get("Pod", keyOf(pod));
    return found.metadata.uid === pod.metadata.uid;
  } catch (error) {
    if (isApiError(error, "NotFound")) return false;
    throw error;
  }
}
