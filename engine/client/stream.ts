/**
 * Streams of a user: logs, exec, attach, port-forward and what is proxied, over a connection of the program's own (client-go `tools/remotecommand`,
 * `rest.Request.Stream`). The server's first word says yes or no; what comes after it is output, until the stream ends.
 */
import { isData, type StreamData, type StreamFrame, type StreamStatus } from "../api/stream.ts";
import type { ApiRequest, ApiResponse } from "../api/wire.ts";
import type { Duration } from "../base/units.ts";
import { anyOf, type Process } from "../kernel/process.ts";
import { connectionEnded, type Transport } from "./transport.ts";

/** How reading ended: the last word on the stream, if there was one, or the reader's own limit. */
export type StreamOutcome = StreamStatus | "interrupted";

/**
 * Reads a stream to its end, or for so long. Throws what it was refused with, or an ApiError of a connection that broke. Whoever kills the process
 * ends the stream.
 */
export function* readStream(
  transport: Transport,
  request: ApiRequest,
  onData: (data: StreamData) => void,
  limit?: Duration,
): Process<StreamOutcome> {
  const rpc = transport.current ?? (yield* transport.connect());
  let answer: ApiResponse | undefined;
  let status: StreamStatus = {};
  const stream = rpc.stream(request, (frame) => {
    if (answer === undefined) answer = frame as ApiResponse;
    else if (isData(frame as StreamFrame)) onData(frame as StreamData);
    else status = frame as StreamStatus;
  });
  try {
    if ((yield* anyOf([stream.ended], limit)) < 0) return "interrupted";
    if (answer?.error !== undefined) throw answer.error;
    const why = stream.ended.answer();
    if (why !== "end" && why !== "cancelled" && why !== "timeout") throw connectionEnded(why);
    return status;
  } finally {
    stream.cancel();
  }
}
