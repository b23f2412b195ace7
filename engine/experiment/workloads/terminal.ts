/**
 * The terminal at which a person runs a command that prints as it goes: logs, exec, attach, port-forward, `get --raw`. Each command is a program of its
 * own, with a connection of its own; ^C ends it.
 */
import type { StreamData } from "../../api/stream.ts";
import type { ApiRequest } from "../../api/wire.ts";
import type { Duration } from "../../base/units.ts";
import { readStream } from "../../client/stream.ts";
import type { Transport } from "../../client/transport.ts";
import type { Process } from "../../kernel/process.ts";
import { refusal } from "./action.ts";

/** Prints a line. */
export type Print = (stream: StreamData["stream"], text: string) => void;

export class Terminal {
  private readonly transport: Transport;
  private readonly user: ApiRequest["user"];
  private readonly patience: Duration | undefined;
  private readonly printer: Print;
  private lines = 0;

  /** `patience`: after so long the person types ^C; undefined: never. */
  constructor(transport: Transport, user: ApiRequest["user"], patience: Duration | undefined, printer: Print) {
    this.transport = transport;
    this.user = user;
    this.patience = patience;
    this.printer = printer;
  }

  print(stream: StreamData["stream"], text: string): void {
    this.lines++;
    this.printer(stream, text);
  }

  /** Reads a stream to its end, or to ^C, printing what comes. Gives how that ended, for the record. A command that failed is an ApiError. */
  *show(request: Omit<ApiRequest, "user">): Process<string> {
    const { transport, user, patience } = this;
    const outcome = yield* readStream(
      transport,
      { ...request, user },
      ({ stream, text }) => this.print(stream, text),
      patience,
    );
    const printed = `${this.lines} ${this.lines === 1 ? "line" : "lines"}`;
    if (outcome === "interrupted") return `${printed}, then ^C`;
    if (outcome.failure !== undefined) throw refusal(outcome.failure);
    if (outcome.exitCode) throw refusal(`command terminated with exit code ${outcome.exitCode}`);
    return printed;
  }
}
