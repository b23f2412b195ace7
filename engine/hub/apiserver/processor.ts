/**
 * The cores of an API server, for scenarios in which work has to wait for them: each answer takes a core's time, by its bytes, and begins when a core is
 * free, first come, first served. What a core has begun to work on it finishes, even when nobody waits for the answer any more.
 *
 * Simplified: a real server shares its cores among all that is in progress, so that short work passes long work; here it waits behind what was admitted
 * before it, but for refusals (429), which wait for nobody. Telling watchers costs nothing. Without a number of cores there is no waiting.
 */
import type { ApiRequest, ApiResponse } from "../../api/wire.ts";
import type { Duration } from "../../base/units.ts";
import type { ApiServerSettings } from "../settings.ts";
import type { Feed } from "./feed.ts";
import { LOOPBACK } from "./loopback.ts";

export class Processor {
  private readonly settings: ApiServerSettings["cpu"];
  private readonly feed: Feed;
  /** When each core is free, on the monotonic clock. */
  private readonly free: Float64Array;

  constructor(settings: ApiServerSettings["cpu"], feed: Feed) {
    this.settings = settings;
    this.feed = feed;
    this.free = new Float64Array(settings.cores);
  }

  /** How long from now until the answer is ready, waiting included. */
  answer(request: ApiRequest, response: ApiResponse, now: number): Duration {
    if (request.user === LOOPBACK) return 0 as Duration;
    const { free } = this;
    let core = 0;
    for (let i = 1; i < free.length; i++) if (free[i]! < free[core]!) core = i;
    const { perRefusal } = this.settings;
    const begin = Math.max(now, free[core]!);
    if (response.code === 429) {
      free[core] = begin + perRefusal;
      return perRefusal;
    }
    const done = begin + this.work(request, response, now);
    free[core] = done;
    return Math.ceil(done - now) as Duration;
  }

  private work({ kind }: ApiRequest, { list }: ApiResponse, now: number): number {
    const { perRequest, perKilobyte } = this.settings;
    if (list === undefined || list.items.length === 0) return perRequest;
    const bytes = list.items.length * (this.feed.cache(kind).averageBytes(now) ?? 0);
    return perRequest + (perKilobyte * bytes) / 1_000;
  }
}
