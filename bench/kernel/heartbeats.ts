/**
 * Heartbeats as a kernel sees them: 5,000 nodes, each sends a message every ten seconds, the hub notes it and answers, and looks at all nodes
 * each five seconds. Two thirds of the events are milliseconds away, one third ten seconds: the mix that the queue was chosen for.
 */
import { type Instant, seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Timed } from "../bench.ts";
import { beat, MASK, message } from "../delays.ts";

const NODES = 5_000;
const MINUTE = 60_000_000;

export const heartbeats: Timed = {
  name: "kernel/heartbeats 5000",
  says: `${NODES} nodes send, the hub answers and looks at all of them each five seconds; no Kubernetes`,
  prepare() {
    const kernel = new Kernel({ seed: 1 });
    const hub = kernel.source("hub");
    const nodes = Array.from({ length: NODES }, (_, i) => kernel.source(`node-${i}`));
    const [beats, messages] = [beat(), message()];
    const renewed = new Float64Array(NODES);
    const acknowledged = new Int32Array(NODES);
    let drawn = 0;
    let stale = 0;
    const timer = kernel.handler((node) => {
      kernel.at(kernel.later(messages[drawn++ & MASK]!), nodes[node]!, arrival, node);
      kernel.at(kernel.later(beats[drawn++ & MASK]!), nodes[node]!, timer, node);
    });
    const arrival = kernel.handler((node) => {
      renewed[node] = kernel.now;
      kernel.at(kernel.later(messages[drawn++ & MASK]!), nodes[node]!, answer, node);
    });
    const answer = kernel.handler((node) => {
      acknowledged[node]!++;
    });
    const scan = kernel.handler(() => {
      for (let node = 0; node < NODES; node++) if (kernel.now - renewed[node]! > seconds(40)) stale++;
      kernel.at(kernel.later(seconds(5)), hub, scan, stale & 1);
    });
    for (let i = 0; i < NODES; i++) kernel.at(((beats[i & MASK]! - seconds(10)) * 25) as Instant, nodes[i]!, timer, i);
    kernel.at(kernel.later(seconds(5)), hub, scan, 0);
    return () => {
      const before = kernel.events;
      kernel.run((kernel.now + MINUTE) as Instant);
      return { event: kernel.events - before };
    };
  },
};
