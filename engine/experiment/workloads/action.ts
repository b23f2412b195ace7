/**
 * What a person does to a cluster, in kubectl's words. A verb reads the words that follow it and gives an action: a process that makes the
 * requests kubectl would make. `ApiError`s leave it, as kubectl would end with an error; what kubectl itself refuses is an `ApiError` too.
 *
 * To add a verb: one file in this folder that exports a `Verb`, one line in `registry.ts`, a line in the table of its test.
 */
import { ApiError, isApiError } from "../../api/error.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { KubeObject } from "../../api/object.ts";
import type { Client } from "../../client/client.ts";
import type { Process } from "../../kernel/process.ts";
import type { Terminal } from "./terminal.ts";
import type { Words } from "./words.ts";

/** An object that a command names. */
export interface ObjectName {
  readonly kind: KindName;
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface Action {
  /** Manifest files that it needs, as written. Their objects are handed to `run`. */
  readonly files: readonly string[];
  /** Objects that must exist, or the command makes no sense. */
  readonly names: readonly ObjectName[];
  /** Labels by which it finds its objects instead. */
  readonly selects?: { readonly kind: KindName; readonly text: string };
  /** Images that it brings in. */
  readonly images?: readonly string[];
  /** It prints as it goes, and may last: a step may say for how long. */
  readonly streams?: true;
  /** `time` is the calendar time, RFC 3339. Gives what kubectl prints, lines joined with `; `; of what streams, how it ended. */
  run(client: Client, manifests: readonly KubeObject[], time: string, terminal: Terminal): Process<string>;
}

export interface Verb {
  /** As after `kubectl`: `scale`, `rollout restart`. */
  readonly name: string;
  /** `scale deployment/NAME --replicas=N`. */
  readonly usage: string;
  /** Flags it takes: long names, and short ones with the long name that they stand for. */
  readonly flags: readonly FlagSpec[];
  /** Throws a `Misuse` for words that make no sense. */
  parse(words: Words): Action;
}

export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  /** Whether it stands alone, as `--force` does; otherwise a value must follow. */
  readonly alone?: boolean;
}

/** kubectl's own refusal, without a request. */
export const refusal = (message: string): ApiError => new ApiError(400, "BadRequest", message);

export const NAMESPACE: FlagSpec = { name: "namespace", short: "n" };
export const SELECTOR: FlagSpec = { name: "selector", short: "l" };

/** Acts on one after the other and joins what is said. Like kubectl, goes on after a refusal, and ends with the first one. */
export function* each<T>(items: readonly T[], act: (item: T) => Process<string>): Process<string> {
  const said: string[] = [];
  let refused: ApiError | undefined;
  for (const item of items) {
    try {
      said.push(yield* act(item));
    } catch (error) {
      if (!isApiError(error)) throw error;
      refused ??= error;
    }
  }
  if (refused) throw refused;
  return said.join("; ");
}
