/**
 * One request at the API server, from arrival to answer, and the book of all of them: who is being served, until when, and what came of it.
 *
 * The answer leaves after a processing time that is drawn for each request; what it says was settled before. `request.finished` is told at that
 * moment, with a latency that includes the processing still to come.
 */
import { type ApiError, requestTimeout } from "../../api/error.ts";
import { KIND_NAMES, type KindName } from "../../api/kinds/registry.ts";
import type { KubeObject } from "../../api/object.ts";
import type { ApiRequest, ApiResponse, Verb } from "../../api/wire.ts";
import type { Duration } from "../../base/units.ts";
import type { KeyedStream } from "../../kernel/random.ts";
import { Signal } from "../../kernel/signal.ts";
import { TraceName } from "../../kernel/trace.ts";
import type { Daemon } from "../../world/daemon.ts";
import { Principal } from "../authentication/principal.ts";
import { NO_NOTIFICATION } from "../fairness/work-estimate.ts";
import { requestFinished } from "../happening.ts";
import type { ApiServerSettings } from "../settings.ts";
import { Deadlines, type Limited } from "./deadlines.ts";
import { type Disturbance, serverDisturbance } from "./disturbance.ts";
import type { Feed } from "./feed.ts";
import type { Gate, Holding } from "./gate.ts";
import type { Guard } from "./guard.ts";
import { Processor } from "./processor.ts";

/** Takes the answer away, after a delay: an `Exchange`, or the server itself. */
export interface Sink {
  reply(response: ApiResponse, delay: Duration): void;
  /** Ends the request without an answer, or the connection that it came over. */
  fail?(delay: Duration): void;
  hangUp?(): void;
}

const VERBS: readonly Verb[] = ["get", "list", "watch", "create", "update", "patch", "delete"];
const SUBJECTS = new Map(
  VERBS.map((verb) => [
    verb,
    new Map<KindName, TraceName>(KIND_NAMES.map((kind) => [kind, new TraceName(`${verb} ${kind}`)])),
  ]),
);

const NOBODY = new Principal({ name: "", groups: [] });

export class ApiCall implements Limited {
  readonly request: ApiRequest;
  /** Name of the host that asks. */
  readonly from: string;
  /** Who is at the other end of the connection that it came over. */
  readonly peer: Principal;
  /** Who asks, as the server has recognised him; before that, nobody. */
  caller: Principal = NOBODY;
  /** Answered, or nobody waits any more: whatever comes in for it is dropped. */
  over = false;
  /** The stage of the pipeline that it has reached. */
  stage = 0;
  /** Seats that it takes while it is served, and after that; and what holds them for it. */
  seats = 1;
  later = NO_NOTIFICATION;
  holding: Holding | undefined = undefined;
  /** Its time limit. */
  readonly limit: Duration;
  private readonly calls: Calls;
  private readonly sink: Sink;
  private readonly arrived: number;

  constructor(
    calls: Calls,
    request: ApiRequest,
    from: string,
    peer: Principal,
    sink: Sink,
    arrived: number,
    limit: Duration,
  ) {
    this.limit = limit;
    this.calls = calls;
    this.request = request;
    this.from = from;
    this.peer = peer;
    this.sink = sink;
    this.arrived = arrived;
  }

  get guard(): Guard {
    return this.calls.guard;
  }

  answer(response: ApiResponse): void {
    if (this.over) return;
    this.over = true;
    const delay = this.calls.finish(this.request, this.caller.name, this.arrived, response, this.sink);
    this.holding?.release(this, delay);
  }

  get gate(): Gate {
    return this.calls.gate;
  }

  succeed(code: number, object: KubeObject): void {
    this.answer({ code, object });
  }

  refuse(error: ApiError): void {
    this.answer({ code: error.code, error });
  }

  expire(): void {
    this.refuse(requestTimeout("Timeout: request did not complete within the allotted timeout"));
  }

  /** A stream has been answered, after the call was over: it is told as other requests are. */
  told(code: number): void {
    this.calls.tellFinished(this.request, this.caller.name, code, this.arrived, 0 as Duration);
  }

  /** The client has given up. A write that is on its way to etcd happens all the same. */
  abandon(): void {
    if (this.over) return;
    this.over = true;
    this.calls.leave();
    this.holding?.release(this, 0 as Duration);
  }
}

export class Calls {
  /** Requests being served, without watches. */
  inFlight = 0;
  readonly disturbance: Disturbance;
  readonly guard: Guard;
  readonly gate: Gate;
  /** Rings when the last request has left. */
  readonly idle = new Signal();
  private readonly daemon: Daemon;
  private readonly settings: ApiServerSettings;
  private readonly processing: KeyedStream;
  private readonly processor: Processor | undefined;
  /** By limit: clients use few different ones. */
  private readonly limits = new Map<Duration, Deadlines>();

  constructor(daemon: Daemon, settings: ApiServerSettings, guard: Guard, gate: Gate, feed: Feed) {
    this.gate = gate;
    this.processor = settings.cpu.cores > 0 ? new Processor(settings.cpu, feed) : undefined;
    this.daemon = daemon;
    this.guard = guard;
    this.settings = settings;
    this.processing = daemon.keyed("processing");
    this.disturbance = daemon.lever(serverDisturbance);
  }

  open(request: ApiRequest, from: string, peer: Principal, sink: Sink): ApiCall {
    const { requestTimeout: ceiling } = this.settings;
    const limit = request.timeout !== undefined && request.timeout < ceiling ? request.timeout : ceiling;
    const call = new ApiCall(this, request, from, peer, sink, this.daemon.monotonic(), limit);
    let deadlines = this.limits.get(limit);
    if (!deadlines) {
      deadlines = new Deadlines(this.daemon, limit);
      this.limits.set(limit, deadlines);
    }
    deadlines.add(call);
    this.inFlight++;
    return call;
  }

  /** Sends the answer off, and says after how long it leaves. */
  finish(request: ApiRequest, user: string, arrived: number, response: ApiResponse, sink: Sink): Duration {
    const { minimum, median, sigma } = this.settings.processing;
    let delay = Math.max(minimum, this.processing.lognormal(median, sigma)) as Duration;
    if (this.processor !== undefined)
      delay = (delay + this.processor.answer(request, response, this.daemon.monotonic())) as Duration;
    const { engaged } = this.disturbance;
    if (engaged) delay = (delay + this.disturbance.extra(request)) as Duration;
    if (request.verb !== "watch") this.tellFinished(request, user, response.code, arrived, delay);
    const loss = engaged ? this.disturbance.loss(request) : undefined;
    if (loss === undefined) sink.reply(response, delay);
    else if (loss === "request") sink.fail?.(delay);
    else sink.hangUp?.();
    this.leave();
    return delay;
  }

  leave(): void {
    this.inFlight--;
    if (this.inFlight === 0) this.idle.fire();
  }

  tellFinished(request: ApiRequest, user: string, code: number, arrived: number, delay: Duration): void {
    this.daemon.tell(requestFinished, SUBJECTS.get(request.verb)!.get(request.kind)!, {
      verb: request.verb,
      kind: request.kind,
      subresource: request.subresource ?? "",
      code,
      latency: (this.daemon.monotonic() - arrived + delay) as Duration,
      user,
    });
  }
}
