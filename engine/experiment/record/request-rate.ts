/** Requests answered in each second, watches not counted: a row and a sample of each rate when the second is over. */
import type { Verb } from "../../api/wire.ts";
import type { Metrics } from "./metrics.ts";
import type { RequestRateRow } from "./record.ts";

const SECOND = 1_000_000;

export class RequestRate {
  private readonly metrics: Metrics;
  private readonly tell: (row: RequestRateRow) => void;
  private second = 0;
  private reads = 0;
  private lists = 0;
  private writes = 0;
  private refused = 0;

  constructor(metrics: Metrics, tell: (row: RequestRateRow) => void) {
    this.metrics = metrics;
    this.tell = tell;
  }

  answered(time: number, verb: Verb, code: number): void {
    if (time >= this.second + SECOND) this.close(time - (time % SECOND));
    if (verb === "list") this.lists++;
    else if (verb === "get") this.reads++;
    else this.writes++;
    if (code >= 400 && code !== 404 && code !== 409) this.refused++;
  }

  /** The second is over; so are those without any request up to the next. */
  close(next: number): void {
    const { reads, lists, writes, refused, metrics } = this;
    const requests = reads + lists + writes;
    if (requests > 0) this.tell({ time: this.second, requests, reads, lists, writes, refused });
    metrics.observe("apiserver_requests_per_second", requests);
    metrics.observe("apiserver_list_requests_per_second", lists);
    for (let idle = this.second + SECOND; idle < next; idle += SECOND) {
      metrics.observe("apiserver_requests_per_second", 0);
      metrics.observe("apiserver_list_requests_per_second", 0);
    }
    this.second = next;
    this.reads = 0;
    this.lists = 0;
    this.writes = 0;
    this.refused = 0;
  }
}
