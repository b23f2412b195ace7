/**
 * What all sockets of a world share: the kinds of event they schedule, the numbers of TCP, and the making and forgetting of connections.
 * A half-open connection stays known to both machines until its last end is over, so that a heal or a reboot finds it.
 */
import type { Kernel } from "../kernel/kernel.ts";
import type { Caller, Dialing } from "./dialing.ts";
import type { Fabric } from "./fabric.ts";
import type { Listener, Machine } from "./machine.ts";
import { Socket } from "./socket.ts";
import type { TcpSettings } from "./tcp.ts";
import type { Trouble } from "./trouble.ts";

export class Transport {
  readonly kernel: Kernel;
  readonly fabric: Fabric;
  readonly tcp: TcpSettings;
  readonly deliverOp: number;
  readonly resetOp: number;
  readonly flushOp: number;
  readonly probeOp: number;
  readonly verdictOp: number;
  readonly giveUpOp: number;
  readonly dialOp: number;
  /** The machine of that name; dialing a name that nobody has is a bug. */
  readonly find: (name: string) => Machine;

  constructor(kernel: Kernel, fabric: Fabric, tcp: TcpSettings, find: (name: string) => Machine) {
    this.kernel = kernel;
    this.fabric = fabric;
    this.tcp = tcp;
    this.find = find;
    this.deliverOp = kernel.handler((_, ref) => (ref as Socket).deliver());
    this.resetOp = kernel.handler((_, ref) => {
      const socket = ref as Socket;
      if (!(socket.open && socket.scope.defers(this.resetOp, 0, socket))) socket.learn("reset");
    });
    this.flushOp = kernel.handler((_, ref) => (ref as Trouble).flush());
    this.probeOp = kernel.handler((_, ref) => (ref as Trouble).probe());
    this.verdictOp = kernel.handler((_, ref) => (ref as Trouble).verdict());
    this.giveUpOp = kernel.handler((_, ref) => (ref as Trouble).giveUp());
    this.dialOp = kernel.handler((stage, ref) => (ref as Dialing).proceed(stage));
  }

  /** Two sockets that are each other's ends; gives the dialing one. */
  connect({ machine: from, scope: dialer, name, health, shows }: Caller, to: Machine, acceptor: Listener): Socket {
    const { random } = this.kernel;
    const delays = this.fabric.delays(from, to);
    const near = new Socket(this, from, dialer, random.keyed(`${name}/request`), delays, true);
    const far = new Socket(this, to, acceptor.scope, random.keyed(`${name}/response`), delays, false);
    near.health = health;
    near.shown = acceptor.shows?.();
    far.shown = shows;
    near.peer = far;
    far.peer = near;
    return near;
  }

  /** Forgets a connection of which both ends are over and have nothing left to say. */
  retire(socket: Socket): void {
    const { peer } = socket;
    if (socket.open || peer.open || socket.trouble?.buffering || peer.trouble?.buffering) return;
    socket.machine.sockets.delete(socket);
    peer.machine.sockets.delete(peer);
  }
}
