/**
 * What a member needs to know of agreement: writes go in, and come out in the order in which every member applies them. Of a member that is alone
 * its own write-ahead log decides; of several, Raft does (`replica.ts`).
 */
import type { Daemon } from "../../world/daemon.ts";
import type { Command } from "./command.ts";
import { type EtcdError, etcdNoSpace, etcdTimeout } from "./protocol.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

/** The member, as its consensus sees it. */
export interface Applier {
  apply(batch: readonly Command[]): void;
  /** These will not be written. */
  refuse(batch: readonly Command[], error: EtcdError): void;
}

export interface Consensus {
  /** Writes that are not applied yet. */
  readonly pending: number;
  /** Whether the member knows a leader. */
  readonly led: boolean;
  /** Whether the store can be read linearizably at once. */
  readonly readable: boolean;
  propose(command: Command): void;
  /** The write has not come out in time: withdraws it if it still waits for a leader. Gives what to tell who asked. */
  tooLate(command: number): EtcdError;
  /** Calls back once the store can be read linearizably, or with what is wrong. */
  whenReadable(done: (error: EtcdError | undefined) => void): void;
}

/** A member that is alone always leads, and its applied state is the linearizable one. */
export class SoleMember implements Consensus {
  readonly led = true;
  readonly readable = true;
  private readonly log: WriteAheadLog<Command>;

  constructor(daemon: Daemon, applier: Applier) {
    this.log = new WriteAheadLog(
      daemon,
      (batch) => applier.apply(batch),
      (batch) => applier.refuse(batch, etcdNoSpace()),
    );
  }

  get pending(): number {
    return this.log.pending;
  }

  propose(command: Command): void {
    this.log.propose(command);
  }

  tooLate(_command: number): EtcdError {
    return etcdTimeout();
  }

  whenReadable(done: (error: EtcdError | undefined) => void): void {
    done(undefined);
  }
}
