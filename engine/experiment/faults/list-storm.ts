/**
 * Many clients want to know everything about one kind at once, as the agents of a DaemonSet do when their API server comes back: each lists whatever the cache
 * has, and whoever is refused or hears nothing in time asks again after a second, until it has its list. Each has a connection of its own; all have the
 * same service account.
 */
import { isApiError } from "../../api/error.ts";
import { KIND_NAMES, type KindName } from "../../api/kinds/registry.ts";
import { type Duration, seconds } from "../../base/units.ts";
import { type Client, createClient } from "../../client/client.ts";
import type { Credentials } from "../../client/credentials.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { Stream } from "../../kernel/random.ts";
import type { Address, Software } from "../../world/daemon.ts";
import { fault } from "./fault.ts";

const USER = {
  name: "system:serviceaccount:monitoring:agent",
  groups: ["system:serviceaccounts", "system:serviceaccounts:monitoring", "orrery:agents"],
};
const AGAIN = seconds(1);

export const listStorm = fault({
  name: "list-storm",
  summary: "has many clients list all objects of a kind at once, until each has its list",
  takes: {
    targets: "processes",
    components: ["kube-apiserver"],
    duration: "optional",
    parameters: [
      {
        name: "clients",
        type: "number",
        required: true,
        minimum: 1,
        maximum: 20_000,
        meaning: "how many, for each server",
      },
      { name: "kind", type: "enum", values: KIND_NAMES, required: true, meaning: "what they list" },
      {
        name: "timeout",
        type: "duration",
        default: seconds(30),
        minimum: 1,
        meaning: "what a client waits for its list",
      },
      { name: "within", type: "duration", default: seconds(1), meaning: "they begin at random moments of this time" },
    ],
  },
  *inject({ random, servers, outside, credentials }, { processes, lasting, with: given }) {
    const undo = processes.flatMap(({ host }) => {
      const address = servers.find((each) => each.host === host.name);
      return address === undefined ? [] : [outside(agents(address, given, random, credentials(USER)))];
    });
    try {
      yield* sleep(lasting);
    } finally {
      for (const leave of undo) leave();
    }
  },
});

const agents =
  (server: Address, given: Readonly<Record<string, unknown>>, random: Stream, credentials: Credentials): Software =>
  (daemon) => {
    const { clients, kind, timeout, within } = given;
    for (let i = 0; i < (clients as number); i++) {
      const options = { user: USER, servers: [server], qps: -1, burst: -1, timeout: timeout as Duration, credentials };
      const begin = random.uniform(0, (within as number) + 1);
      daemon.spawn("agent", agent(createClient(daemon, options), kind as KindName, begin));
    }
  };

function* agent(client: Client, kind: KindName, begin: Duration): Process {
  yield* sleep(begin);
  for (;;) {
    try {
      yield* client.list(kind, { resourceVersion: 0 });
      return;
    } catch (error) {
      if (!isApiError(error)) throw error;
    }
    yield* sleep(AGAIN);
  }
}
