/**
 * The limits on requests in flight that priority and fairness took the place of (`--enable-priority-and-fairness=false`): so many that read and so many that
 * change something; who finds them taken is sent away. Behaviour of apiserver `pkg/server/filters/maxinflight.go`: watches are not counted, and the
 * system's masters always get in.
 */
import type { Duration } from "../../base/units.ts";
import type { Daemon } from "../../world/daemon.ts";
import { Seats } from "../fairness/seats.ts";
import { requestRejected } from "../happening.ts";
import type { ApiServerSettings } from "../settings.ts";
import type { ApiCall } from "./call.ts";
import { type Gate, type Holding, tooManyRequests } from "./gate.ts";

class Limit implements Holding {
  private readonly daemon: Daemon;
  private readonly name: string;
  private readonly seats: Seats<undefined>;

  constructor(daemon: Daemon, name: string, limit: number) {
    this.daemon = daemon;
    this.name = name;
    this.seats = new Seats(limit, () => {});
    daemon.gauge(`apiserver_current_inflight_requests{request_kind="${name}"}`, () => {
      this.seats.settle(daemon.monotonic());
      return this.seats.inUse;
    });
  }

  admit(call: ApiCall) {
    this.seats.settle(this.daemon.monotonic());
    if (!this.seats.fits(1)) {
      if (call.caller.privileged) return undefined;
      this.daemon.tell(requestRejected, this.name, { schema: "", reason: "concurrency-limit" });
      return tooManyRequests(1);
    }
    this.seats.take(1);
    call.holding = this;
    return undefined;
  }

  release(_: ApiCall, delay: Duration): void {
    this.seats.giveBack(1, undefined, this.daemon.monotonic() + delay);
  }
}

export class MaxInFlight implements Gate {
  private readonly reading: Limit | undefined;
  private readonly mutating: Limit | undefined;

  constructor(daemon: Daemon, { maxRequestsInFlight, maxMutatingRequestsInFlight }: ApiServerSettings) {
    // A limit of 0 is none.
    if (maxRequestsInFlight > 0) this.reading = new Limit(daemon, "readOnly", maxRequestsInFlight);
    if (maxMutatingRequestsInFlight > 0) this.mutating = new Limit(daemon, "mutating", maxMutatingRequestsInFlight);
  }

  admit(call: ApiCall) {
    const { verb } = call.request;
    if (verb === "watch") return undefined;
    return (verb === "get" || verb === "list" ? this.reading : this.mutating)?.admit(call);
  }
}
