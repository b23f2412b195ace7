/**
 * The network in use: levers that put rules on pairs of hosts, and what a packet meets on its way. Whether it passes is decided when it leaves:
 * what is on the wire when a cut begins still arrives.
 *
 * A cut looks at the connections it severs once, when it begins and when it ends; while it lasts, nothing is polled.
 */
import { assert } from "../base/assert.ts";
import type { Duration } from "../base/units.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { KeyedStream } from "../kernel/random.ts";
import { TraceName } from "../kernel/trace.ts";
import { addressTaken, networkCut, networkHealed, networkLossy, networkSlowed, networkStranded } from "./happening.ts";
import type { Host } from "./host.ts";
import type { Machine } from "./machine.ts";
import type { Direction, Latency, Network } from "./network.ts";
import { PairRules } from "./pair-rules.ts";
import { Quantiles } from "./quantiles.ts";
import type { Socket } from "./socket.ts";
import { retransmissionTimeout, type TcpSettings } from "./tcp.ts";

export interface Latencies {
  readonly sameHost: Latency;
  readonly sameZone: Latency;
  readonly crossZone: Latency;
}

/** A machine, and the port there. */
export interface Destination {
  readonly machine: Machine;
  readonly port: number;
}

/** What `travel` gives for a packet whose every retransmission is lost too. */
export const LOST = -1;

export class Fabric implements Network {
  /** One-way cuts. */
  readonly cuts = new PairRules<undefined>();
  private readonly slowings = new PairRules<Quantiles>();
  private readonly losses = new PairRules<number>();
  private readonly kernel: Kernel;
  private readonly tcp: TcpSettings;
  private readonly sameHost: Quantiles;
  private readonly sameZone: Quantiles;
  private readonly crossZone: Quantiles;
  private readonly traceName = new TraceName("network");
  private levers = 0;
  /** Ports whose new connections come to somebody else, by `host:port`: who came last has them. */
  private readonly diversions = new Map<string, Destination[]>();

  constructor(kernel: Kernel, latencies: Latencies, tcp: TcpSettings) {
    this.kernel = kernel;
    this.tcp = tcp;
    this.sameHost = new Quantiles(latencies.sameHost);
    this.sameZone = new Quantiles(latencies.sameZone);
    this.crossZone = new Quantiles(latencies.crossZone);
  }

  partition(a: readonly Host[], b: readonly Host[], direction: Direction = "both"): () => void {
    const [from, to] = direction === "backward" ? [b, a] : [a, b];
    const lift = this.cuts.add(numbers(from), numbers(to), direction === "both", undefined);
    const subject = `cut-${++this.levers}`;
    this.kernel.trace.tell(networkCut, this.traceName, subject, { a: a.length, b: b.length, direction });
    for (const socket of crossing(a, b)) {
      socket.recall();
      socket.peer.recall();
      socket.reconsider();
      socket.peer.reconsider();
    }
    return this.healing(subject, lift, a, b, true);
  }

  strand(a: readonly Host[], b: readonly Host[]): () => void {
    const ends = [...crossing(a, b)].flatMap((socket) => [socket, socket.peer]);
    const subject = `strand-${++this.levers}`;
    this.kernel.trace.tell(networkStranded, this.traceName, subject, { connections: ends.length / 2 });
    for (const end of ends) end.stranded++;
    for (const end of ends) {
      end.recall();
      end.reconsider();
    }
    const lift = () => {
      for (const end of ends) end.stranded--;
    };
    return this.healing(subject, lift, a, b);
  }

  slow(a: readonly Host[], b: readonly Host[], extra: Latency): () => void {
    const lift = this.slowings.add(numbers(a), numbers(b), true, new Quantiles(extra));
    const subject = `slow-${++this.levers}`;
    this.kernel.trace.tell(networkSlowed, this.traceName, subject, { a: a.length, b: b.length, median: extra.median });
    return this.healing(subject, lift, a, b);
  }

  lose(a: readonly Host[], b: readonly Host[], share: number): () => void {
    assert(share >= 0 && share <= 1, "the share of packets lost is between 0 and 1");
    if (share === 1) return this.partition(a, b);
    const lift = this.losses.add(numbers(a), numbers(b), true, share);
    const subject = `loss-${++this.levers}`;
    this.kernel.trace.tell(networkLossy, this.traceName, subject, { a: a.length, b: b.length, share });
    return this.healing(subject, lift, a, b, true);
  }

  divert(host: Host, port: number, to: Host, toPort: number): () => void {
    const name = `${host.name}:${port}`;
    const takers = this.diversions.get(name) ?? [];
    const taker = { machine: to as Machine, port: toPort };
    this.diversions.set(name, [...takers, taker]);
    this.kernel.trace.tell(addressTaken, this.traceName, name, { by: to.name });
    return () => {
      const left = (this.diversions.get(name) ?? []).filter((each) => each !== taker);
      if (left.length > 0) this.diversions.set(name, left);
      else this.diversions.delete(name);
    };
  }

  /** Where a connection to a port of a machine really goes. */
  destination(machine: Machine, port: number): Destination {
    if (this.diversions.size === 0) return { machine, port };
    return this.diversions.get(`${machine.name}:${port}`)?.at(-1) ?? { machine, port };
  }

  blocked(from: Host, to: Host): boolean {
    return this.severed(from as Machine, to as Machine);
  }

  /** Whether a cut is between two machines in this direction. */
  severed(from: Machine, to: Machine): boolean {
    return this.cuts.active > 0 && this.cuts.meets(from.index, to.index);
  }

  /** Whether a packet that leaves now reaches the other machine, if it is not lost by chance. */
  passes(from: Machine, to: Machine): boolean {
    return to.up && !(this.cuts.active > 0 && this.cuts.meets(from.index, to.index));
  }

  /** The undisturbed delay between two machines. */
  delays(from: Machine, to: Machine): Quantiles {
    if (from === to) return this.sameHost;
    return from.zone === to.zone && from.region === to.region ? this.sameZone : this.crossZone;
  }

  /** How long what a socket sends now takes to arrive, with retransmissions of what is lost by chance; `LOST` when all are. */
  travel({ machine, peer, delays, stream }: Socket): Duration | typeof LOST {
    const to = peer.machine;
    let total: number = this.slowings.active === 0 ? delays.draw(stream) : this.hop(machine, to, delays, stream);
    if (this.losses.active === 0) return total as Duration;
    for (let n = 0; !this.survives(machine, to, stream); n++) {
      if (n === this.tcp.retries) return LOST;
      total += retransmissionTimeout(this.tcp, n);
    }
    return total as Duration;
  }

  /** One packet's delay: the usual one and what every slowing adds. */
  hop(from: Machine, to: Machine, delays: Quantiles, stream: KeyedStream): Duration {
    let total: number = delays.draw(stream);
    if (this.slowings.active > 0)
      this.slowings.each(from.index, to.index, (extra) => {
        total += extra.draw(stream);
      });
    return total as Duration;
  }

  /** Whether anything is lost by chance, anywhere. */
  get loses(): boolean {
    return this.losses.active > 0;
  }

  /** Whether packets are lost by chance between two machines in this direction. */
  lossy(from: Machine, to: Machine): boolean {
    return this.losses.active > 0 && this.losses.meets(from.index, to.index);
  }

  /** Whether a packet is not lost by chance. Draws only where losses are in force. */
  survives(from: Machine, to: Machine, stream: KeyedStream): boolean {
    if (this.losses.active === 0) return true;
    let kept = 1;
    this.losses.each(from.index, to.index, (share) => {
      kept *= 1 - share;
    });
    return kept === 1 || stream.quick() < kept;
  }

  private healing(
    subject: string,
    lift: () => void,
    a: readonly Host[],
    b: readonly Host[],
    hastens = false,
  ): () => void {
    let healed = false;
    return () => {
      if (healed) return;
      healed = true;
      lift();
      this.kernel.trace.tell(networkHealed, this.traceName, subject, undefined);
      for (const socket of crossing(a, b)) {
        if (hastens) {
          socket.hasten();
          socket.peer.hasten();
        }
        socket.reconsider();
        socket.peer.reconsider();
      }
    };
  }
}

const numbers = (hosts: readonly Host[]): number[] => hosts.map((host) => (host as Machine).index);

/** One socket of each connection between the two sets (both of one inside both sets), found from the side with fewer of them. */
function* crossing(a: readonly Host[], b: readonly Host[]): Generator<Socket> {
  const count = (hosts: readonly Host[]) => hosts.reduce((sum, host) => sum + (host as Machine).sockets.size, 0);
  const [near, far] = count(a) <= count(b) ? [a, b] : [b, a];
  const others = new Set<Host>(far);
  for (const host of near)
    for (const socket of (host as Machine).sockets)
      if (socket.peer.machine !== host && others.has(socket.peer.machine)) yield socket;
}
