/**
 * `kubectl logs | exec | attach | port-forward`: what a person asks of containers, through an API server and a kubelet. What they print stands in
 * `output.csv`. A step's `duration` says when the person types ^C; without it, a stream lasts until it ends by itself, or to the heal.
 */

import { splitKey } from "../../api/object.ts";
import type { StreamOptions, StreamSubresource } from "../../api/stream.ts";
import type { Process } from "../../kernel/process.ts";
import { NAMESPACE, type Verb } from "./action.ts";
import { findPod, podWord } from "./pod-words.ts";
import type { Terminal } from "./terminal.ts";
import { Misuse, type Words } from "./words.ts";

const CONTAINER = { name: "container", short: "c" };
const INPUT = [
  { name: "stdin", short: "i", alone: true },
  { name: "tty", short: "t", alone: true },
];

export const logs: Verb = streaming({
  name: "logs",
  usage: "logs POD|KIND/NAME [-c CONTAINER] [-f] [-p] [--tail=N]",
  flags: [
    CONTAINER,
    { name: "follow", short: "f", alone: true },
    { name: "previous", short: "p", alone: true },
    { name: "tail" },
  ],
  subresource: "log",
  options(words) {
    const tail = words.integer("tail", -1);
    return {
      ...containerOf(words),
      follow: words.truth("follow"),
      previous: words.truth("previous"),
      ...(tail !== undefined && tail >= 0 && { tailLines: tail }),
    };
  },
});

export const exec: Verb = streaming({
  name: "exec",
  usage: "exec POD|KIND/NAME [-c CONTAINER] -- COMMAND [WORDS…]",
  flags: [CONTAINER, ...INPUT],
  subresource: "exec",
  options(words) {
    if (words.command.length === 0)
      throw new Misuse("does not say what to run", "for example `exec pod/web-0 -- date`");
    return { ...containerOf(words), command: words.command };
  },
});

export const attach: Verb = streaming({
  name: "attach",
  usage: "attach POD|KIND/NAME [-c CONTAINER]",
  flags: [CONTAINER, ...INPUT],
  subresource: "attach",
  options: containerOf,
});

/** Somebody uses the forwarded port at once, once. */
export const portForward: Verb = streaming({
  name: "port-forward",
  usage: "port-forward POD|KIND/NAME [LOCAL:]PORT",
  flags: [],
  subresource: "portforward",
  options(words) {
    const match = /^(?:(\d+):)?(\d+)$/.exec(words.positional[1] ?? "");
    if (!match) throw new Misuse("does not say which port", "for example `port-forward pod/web-0 8080:80`");
    return { port: Number(match[2]), input: "GET /" };
  },
  opening(words, terminal) {
    const [local, port = local] = words.positional[1]!.split(":");
    terminal.print("stdout", `Forwarding from 127.0.0.1:${local} -> ${port}`);
    terminal.print("stdout", `Handling connection for ${local}`);
  },
});

interface Streaming extends Pick<Verb, "name" | "usage" | "flags"> {
  readonly subresource: StreamSubresource;
  options(words: Words): StreamOptions;
  /** What kubectl prints by itself. */
  opening?(words: Words, terminal: Terminal): void;
}

function streaming({ name, usage, flags, subresource, options, opening }: Streaming): Verb {
  return {
    name,
    usage,
    flags: [NAMESPACE, ...flags],
    parse(words) {
      const object = podWord(words);
      const stream = options(words);
      return {
        files: [],
        names: [object],
        streams: true,
        *run(client, _, __, terminal): Process<string> {
          const key = yield* findPod(client, object);
          opening?.(words, terminal);
          const verb = subresource === "log" ? "get" : "create";
          const said = yield* terminal.show({ verb, kind: "Pod", key, subresource, stream });
          return `${splitKey(key).name}: ${said}`;
        },
      };
    },
  };
}

function containerOf(words: Words): StreamOptions {
  const container = words.text("container");
  return container === undefined ? {} : { container };
}
