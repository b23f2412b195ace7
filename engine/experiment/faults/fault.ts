/**
 * What can be done to a cluster. A fault pulls one lever of the world, waits, and lets go in `finally`: when its time is over or when the
 * heal phase kills it, whichever comes first.
 *
 * To add one: write `export const myFault = fault({...})` in a file of this folder, and add one line to `registry.ts`. The scenario file
 * then knows it: `{ at: 5m, fault: my-fault, target: { zone: a }, duration: 10m, share: 5% }`, with what it `takes` checked beforehand.
 *
 *     export const hostCrash = fault({
 *       name: "crash", summary: "power cut; boots again when it ends",
 *       takes: { targets: "hosts", duration: "optional", parameters: [] },
 *       *inject({ holds }, { hosts, lasting }) {
 *         for (const host of hosts) { holds.take(host, "power"); host.crash(); }
 *         try { yield* sleep(lasting); } finally { for (const host of hosts) if (holds.release(host, "power")) host.boot(); }
 *       },
 *     });
 *
 * Every fault passes the kit of `test/experiment/faults/kit.ts`: it bites, its end and its death undo it, it draws from no stream but its own,
 * and it may overlap with itself. Levers that return what undoes them may overlap by nature; for switches (down, paused) there are `holds`.
 */
import type { User } from "../../api/wire.ts";
import type { ParameterSpec, ParameterValues } from "../../base/parameter.ts";
import type { Duration } from "../../base/units.ts";
import type { Credentials } from "../../client/credentials.ts";
import type { Process } from "../../kernel/process.ts";
import type { Stream } from "../../kernel/random.ts";
import type { Address, Software } from "../../world/daemon.ts";
import type { DaemonControl, Host } from "../../world/host.ts";
import type { Network } from "../../world/network.ts";
import type { Holds } from "./holds.ts";

/** The levers. The process runs in a scope of the experiment's own, on true time. */
export interface FaultContext {
  readonly network: Network;
  /** This step's own stream. */
  readonly random: Stream;
  readonly holds: Holds;
  /** Where the API servers listen. */
  readonly servers: readonly Address[];
  /** What shows that somebody is this user, as the cluster's authority signs it. */
  credentials(user: User): Credentials;
  /** Runs a program on a machine outside of the cluster. Gives what ends it for good. */
  outside(software: Software): () => void;
  /** A port of the machine outside that nobody has yet. */
  freePort(): number;
}

/** Whom it strikes, as found at the moment of the step, and for how long. */
export interface FaultTarget {
  /** The hosts of `target`, or of the first side of `between`. Never empty. */
  readonly hosts: readonly Host[];
  /** The second side of `between`; of faults with one target, empty. */
  readonly others: readonly Host[];
  /** Of faults on processes: one on each host. */
  readonly processes: readonly DaemonControl[];
  /** `FOREVER` when the file gives no duration: until the heal phase. 0 for faults that take none. */
  readonly lasting: Duration;
  /** What `takes.parameters` describes, defaults filled in. */
  readonly with: ParameterValues;
}

export interface Fault<Name extends string = string> {
  /** As in the file: kebab-case. */
  readonly name: Name;
  /** One line for `orrery list`. */
  readonly summary: string;
  readonly takes: {
    /**
     * `hosts`: `target` selects machines. `processes`: `target` must name a process, by `component` or `leaderOf`.
     * `two-sets`: `between` has two selections.
     */
    readonly targets: "hosts" | "processes" | "two-sets";
    /** Of faults on processes: the only ones that it can strike. */
    readonly components?: readonly string[];
    /** Whether `duration` may, must or must not be written. */
    readonly duration: "optional" | "required" | "none";
    readonly parameters: readonly ParameterSpec[];
    /** What is wrong with values that are each right by themselves, as a sentence. `component`: the process that the target names. */
    check?(values: ParameterValues, component: string | undefined): string | undefined;
  };
  /** Must undo everything in `finally`, without waiting there. */
  inject(context: FaultContext, target: FaultTarget): Process;
}

export const fault = <Name extends string>(definition: Fault<Name>): Fault<Name> => definition;
