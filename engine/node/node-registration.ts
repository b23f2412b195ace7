/**
 * A kubelet enters its node (kubelet `kubelet_node_status.go`, registerWithAPIServer): CREATE until the API server has it, waiting 100 ms doubling to
 * 7 s before each try, for ever. A node that is there already keeps its taints and gets this kubelet's labels.
 */
import { isApiError } from "../api/error.ts";
import type { Node } from "../api/kinds/node.ts";
import { type Duration, milliseconds, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { Daemon } from "../world/daemon.ts";
import { initialNode, reconciledNode } from "./node-status.ts";
import type { KubeletSettings, NodeDescription } from "./settings.ts";

const FIRST_WAIT = milliseconds(100);
const LONGEST_WAIT = seconds(7);

/** Returns once the node is in the API. */
export function* register(
  daemon: Daemon,
  client: Client,
  description: NodeDescription,
  settings: KubeletSettings,
): Process {
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT) as Duration) {
    yield* sleep(wait);
    try {
      yield* attempt(client, initialNode(description, settings, daemon.now()), description);
      return;
    } catch (error) {
      if (!isApiError(error)) throw error;
    }
  }
}

function* attempt(client: Client, node: Node, description: NodeDescription): Process {
  try {
    yield* client.create("Node", node);
  } catch (error) {
    if (!isApiError(error, "AlreadyExists")) throw error;
    const stored = yield* client.get("Node", description.name);
    if (reconciledNode(stored, description) === stored) return;
    yield* client.patch("Node", description.name, (current) => reconciledNode(current, description));
  }
}
