/**
 * The next events of a kind are lost on their way to a process, and nothing else: its watch goes on as if they had never been. It ends when every
 * process has lost as many as it was to lose.
 *
 * Its end undoes the dropping, not the loss: what a component has missed it goes on missing until it lists again. That is the fault.
 */
import { SERVED_KINDS } from "../../api/kinds/registry.ts";
import type { WatchEvent, WatchFrame } from "../../api/wire.ts";
import { within } from "../../kernel/process.ts";
import { Latch } from "../../kernel/signal.ts";
import { streamGate } from "../../world/stream-gate.ts";
import { fault } from "./fault.ts";

export const dropWatchEvent = fault({
  name: "drop-watch-event",
  summary: "loses the next watch events of a kind on their way to a process",
  takes: {
    targets: "processes",
    components: ["kube-controller-manager", "kube-scheduler", "kubelet", "device"],
    duration: "optional",
    parameters: [
      { name: "kind", type: "enum", values: SERVED_KINDS, required: true, meaning: "of watches of this kind" },
      {
        name: "event",
        type: "enum",
        values: ["ADDED", "MODIFIED", "DELETED", "any"],
        default: "any",
        meaning: "only events of this type",
      },
      { name: "name", type: "string", meaning: "only events about the object of this name" },
      { name: "count", type: "number", default: 1, minimum: 1, meaning: "so many, for each process" },
    ],
  },
  *inject(_, { processes, lasting, with: { kind, event, name, count } }) {
    const enough = new Latch();
    let unsated = processes.length;
    const undo = processes.map((process) => {
      let left = count as number;
      const strikes = (each: WatchEvent): boolean => {
        if (left === 0 || !fits(each, event as string, name as string | undefined)) return false;
        if (--left === 0 && --unsated === 0) enough.settle();
        return true;
      };
      return process.lever(streamGate).lose(kind as string, (frame) => without(frame as WatchFrame, strikes));
    });
    try {
      yield* within(lasting, enough);
    } finally {
      for (const heal of undo) heal();
    }
  },
});

const fits = (each: WatchEvent, type: string, name: string | undefined): boolean =>
  each.type !== "BOOKMARK" &&
  each.type !== "ERROR" &&
  (type === "any" || each.type === type) &&
  (name === undefined || each.object.metadata.name === name);

/** Undefined when nothing is left. */
function without(frame: WatchFrame, strikes: (event: WatchEvent) => boolean): WatchFrame | undefined {
  const rest = frame.filter((event) => !strikes(event));
  return rest.length === frame.length ? frame : rest.length === 0 ? undefined : rest;
}
