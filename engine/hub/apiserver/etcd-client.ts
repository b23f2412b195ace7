/**
 * An API server's requests to etcd: a connection to each of its endpoints, taken in turn (clientv3's balancer, gRPC `round_robin`). A member that cannot
 * be reached is left out; one that answers with errors is not, for the balancer looks at connections only. The client's own retries of
 * reads are left out: an error is passed on.
 */
import type { Duration } from "../../base/units.ts";
import type { Process } from "../../kernel/process.ts";
import type { Address, Daemon } from "../../world/daemon.ts";
import type { EtcdRequest, Method } from "../etcd/protocol.ts";
import { EtcdLink, type Reply } from "./etcd-link.ts";

export class EtcdClient {
  private readonly links: readonly EtcdLink[];
  private turn = 0;

  /** `limit`: what each question waits for its answer. */
  constructor(daemon: Daemon, endpoints: readonly Address[], limit: Duration) {
    this.links = endpoints.map((endpoint) => new EtcdLink(daemon, [endpoint], limit));
  }

  /** Starts to keep the connections open, for the rest of the daemon's life. */
  start(name: string): void {
    for (const [i, link] of this.links.entries()) link.start(i === 0 ? name : `${name}-${i}`);
  }

  /** Calls back whenever a connection is made. */
  whenConnected(listener: () => void): void {
    for (const link of this.links) link.whenConnected(listener);
  }

  /** Dials at once where it waits to dial again. */
  hurry(): void {
    for (const link of this.links) link.hurry();
  }

  ask<M extends Method>(
    request: Extract<EtcdRequest, { readonly method: M }>,
    onReply: (reply: Reply<M>) => void,
  ): void {
    this.next().ask<M>(request, onReply);
  }

  /** As `ask`, for processes. */
  *inquire<M extends Method>(request: Extract<EtcdRequest, { readonly method: M }>): Process<Reply<M>> {
    return yield* this.next().inquire<M>(request);
  }

  /** The next that is connected; the next at all, when none is. */
  private next(): EtcdLink {
    const { links } = this;
    if (links.length === 1) return links[0]!;
    for (let i = 0; i < links.length; i++) {
      this.turn = (this.turn + 1) % links.length;
      if (links[this.turn]!.connected) break;
    }
    return links[this.turn]!;
  }
}
