/**
 * The connections of a member to the others: one for each pair, dialed by the one with the smaller number, again and again (etcd `server/etcdserver/api/rafthttp`,
 * where each direction has a stream of its own). What is sent while there is none is lost, as Raft allows.
 */
import { type Duration, milliseconds, seconds } from "../../base/units.ts";
import { type Process, sleep, waitFor } from "../../kernel/process.ts";
import { Latch } from "../../kernel/signal.ts";
import { type Connection, LinkError } from "../../world/connection.ts";
import type { Address, Daemon } from "../../world/daemon.ts";
import type { MemberId, Message } from "./raft/message.ts";

/** `DialRetryFrequency`: ten times a second. */
const REDIAL = milliseconds(100);
/** `ConnReadTimeout`, 5 s: a stream on which nothing came for so long is closed; it says something three times in that time. */
const KEEPALIVE = { pingIdle: seconds(5 / 3) as Duration, pingTimeout: seconds(10 / 3) as Duration };

export interface Mailbox {
  received(message: Message): void;
  /** What was on its way to this member may be lost. */
  lost(id: MemberId): void;
}

/** The first word on a connection: who dialed. */
class Hello {
  readonly id: MemberId;

  constructor(id: MemberId) {
    this.id = id;
  }
}

export class Peers {
  private readonly daemon: Daemon;
  private readonly mailbox: Mailbox;
  private readonly connections = new Map<MemberId, Connection>();

  /** `addresses`: of every member, by its number; `dialLimit`: etcd's 1 s and an election timeout. */
  constructor(daemon: Daemon, id: MemberId, addresses: readonly Address[], dialLimit: Duration, mailbox: Mailbox) {
    this.daemon = daemon;
    this.mailbox = mailbox;
    daemon.listen(addresses[id - 1]!.port, (connection) => {
      connection.onMessage = (message) => this.adopt((message as Hello).id, connection);
    });
    for (const [i, address] of addresses.entries())
      if (i + 1 > id) daemon.spawn(`peer-${i + 1}`, this.keepConnected(id, i + 1, address, dialLimit));
  }

  connected(id: MemberId): boolean {
    return this.connections.has(id);
  }

  send(message: Message): void {
    this.connections.get(message.to)?.send(message);
  }

  private *keepConnected(own: MemberId, id: MemberId, address: Address, limit: Duration): Process {
    for (;;) {
      try {
        const connection = yield* this.daemon.dial(address, limit, KEEPALIVE);
        connection.send(new Hello(own));
        const ended = this.adopt(id, connection);
        yield* waitFor(ended);
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
      }
      yield* sleep(REDIAL);
    }
  }

  private adopt(id: MemberId, connection: Connection): Latch {
    const ended = new Latch();
    this.connections.get(id)?.close();
    this.connections.set(id, connection);
    connection.onMessage = (message) => this.mailbox.received(message as Message);
    connection.onEnd = () => {
      if (this.connections.get(id) === connection) this.connections.delete(id);
      this.mailbox.lost(id);
      ended.settle();
    };
    return ended;
  }
}
