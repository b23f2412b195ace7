/**
 * More is asked of API servers than they manage: somebody outside sends requests at random instants, and while that lasts each server serves one request
 * after the other at the rate that it can. Who comes when too many wait is told to come again (429), as by `--max-requests-inflight`.
 *
 * Simplified: all requests cost the same, and what is above the capacity waits in a plain queue before the server looks at it, so that priority and fairness
 * cannot help.
 */
import { isApiError } from "../../api/error.ts";
import { type Duration, microseconds, seconds } from "../../base/units.ts";
import { type Client, createClient } from "../../client/client.ts";
import { serverDisturbance } from "../../hub/apiserver/disturbance.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { Stream } from "../../kernel/random.ts";
import type { Address, Software } from "../../world/daemon.ts";
import { fault } from "./fault.ts";

const USER = { name: "system:anonymous", groups: ["system:unauthenticated"] };
/** `--max-requests-inflight` 400 and `--max-mutating-requests-inflight` 200 (apiserver `pkg/server/config.go`). */
const IN_FLIGHT = 600;
const CLIENT_TIMEOUT = seconds(30);

export const overload = fault({
  name: "overload",
  summary: "sends API servers more requests than they manage",
  takes: {
    targets: "processes",
    components: ["kube-apiserver"],
    duration: "optional",
    parameters: [
      {
        name: "rate",
        type: "number",
        required: true,
        minimum: 1,
        maximum: 100_000,
        meaning: "requests a second from outside, to each server",
      },
      {
        name: "capacity",
        type: "number",
        default: 500,
        minimum: 1,
        meaning: "requests a second that a server manages, whoever asks",
      },
      {
        name: "inFlight",
        type: "number",
        default: IN_FLIGHT,
        minimum: 1,
        meaning: "how many may wait before others are sent away",
      },
    ],
  },
  *inject({ random, servers, outside }, { processes, lasting, with: { rate, capacity, inFlight } }) {
    const limits = { requestsPerSecond: capacity as number, maxInFlight: inFlight as number };
    const undo = processes.map((process) => process.lever(serverDisturbance).congest(limits));
    const interval = microseconds(1_000_000 / (rate as number));
    for (const { host } of processes) {
      const address = servers.find((each) => each.host === host.name);
      if (address !== undefined) undo.push(outside(crowd(address, interval, random)));
    }
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});

/** People who all want to know the same, and do not wait for one another. */
const crowd =
  (server: Address, interval: Duration, random: Stream): Software =>
  (daemon) => {
    const client = createClient(daemon, { user: USER, servers: [server], qps: -1, burst: -1, timeout: CLIENT_TIMEOUT });
    daemon.spawn("crowd", arrivals());

    function* arrivals(): Process {
      for (;;) {
        yield* sleep(Math.max(1, random.exponential(interval)) as Duration);
        daemon.spawn("question", question(client));
      }
    }
  };

function* question(client: Client): Process {
  try {
    yield* client.get("Namespace", "default", { resourceVersion: 0 });
  } catch (error) {
    if (!isApiError(error)) throw error;
  }
}
