/**
 * The Konnectivity proxy server beside an API server: agents on the nodes dial in and stay; what the API server wants to reach on the node network is
 * reached by one of them, so nothing has to be let in there. Without an agent there is no way (`No agent available`), though nodes live on.
 *
 * Of several agents it takes the one on the machine that is asked for, else the next in turn (`--proxy-strategies=destHost,default`). Left out: the
 * agents' tokens, and egress to etcd and to the control plane.
 */
import { AGENT_PORT, FRONTEND_PORT, type TunnelAnswer, type TunnelPacket, type TunnelRequest } from "../api/tunnel.ts";
import type { Duration } from "../base/units.ts";
import { type Process, TIMED_OUT, within } from "../kernel/process.ts";
import { Latch } from "../kernel/signal.ts";
import { type Connection, LinkError, type LinkFailure, type Receiver } from "../world/connection.ts";
import type { Daemon, Software } from "../world/daemon.ts";
import type { NodeDialer } from "./apiserver/node-access.ts";

export const konnectivityServer = (): Software => (daemon) => new ProxyServer(daemon).start();

/** An agent that has dialed in, and the tunnels through it. */
class Agent {
  readonly host: string;
  readonly connection: Connection;
  readonly tunnels = new Map<number, Connection>();

  constructor(connection: Connection) {
    this.host = connection.remote;
    this.connection = connection;
  }

  send(packet: TunnelPacket): void {
    this.connection.send(packet);
  }
}

class ProxyServer {
  private readonly daemon: Daemon;
  private agents: readonly Agent[] = [];
  private turn = 0;
  private ids = 0;

  constructor(daemon: Daemon) {
    this.daemon = daemon;
  }

  start(): void {
    this.daemon.gauge("konnectivity_network_proxy_server_ready_backend_connections", () => this.agents.length);
    this.daemon.listen(AGENT_PORT, (connection) => this.enrol(new Agent(connection)));
    this.daemon.listen(FRONTEND_PORT, (connection) => {
      connection.onMessage = (message) => this.open(connection, message as TunnelRequest);
    });
  }

  private enrol(agent: Agent): void {
    this.agents = [...this.agents, agent];
    agent.connection.attach({
      received: (message) => this.fromAgent(agent, message as TunnelPacket),
      ended: () => {
        this.agents = this.agents.filter((each) => each !== agent);
        for (const frontend of agent.tunnels.values()) frontend.close();
      },
    });
  }

  private open(frontend: Connection, request: TunnelRequest): void {
    const agent =
      this.agents.find(({ host }) => host === request.host) ?? this.agents[this.turn++ % this.agents.length];
    if (agent === undefined) {
      frontend.send({ failure: "unavailable" } satisfies TunnelAnswer);
      frontend.close();
      return;
    }
    const id = ++this.ids;
    agent.tunnels.set(id, frontend);
    agent.send({ id, dial: request });
    frontend.attach({
      received: (data) => agent.send({ id, data }),
      ended: () => {
        if (agent.tunnels.delete(id)) agent.send({ id, close: true });
      },
    });
  }

  private fromAgent(agent: Agent, packet: TunnelPacket): void {
    const frontend = agent.tunnels.get(packet.id);
    if (frontend === undefined) return;
    if ("answer" in packet) frontend.send(packet.answer);
    else if ("data" in packet) frontend.send(packet.data);
    else {
      agent.tunnels.delete(packet.id);
      frontend.close();
    }
  }
}

/** The API server's way to nodes through the proxy server of its own machine. */
export const konnectivityDialer =
  (daemon: Daemon, limit: Duration): NodeDialer =>
  ({ host, port }, shows) =>
    tunnel(daemon, { host, port, shows }, limit);

function* tunnel(daemon: Daemon, request: TunnelRequest, limit: Duration): Process<Connection> {
  const line = yield* daemon.dial({ host: daemon.host.name, port: FRONTEND_PORT }, limit);
  const answered = new Latch<TunnelAnswer>();
  line.onMessage = (message) => answered.settle(message as TunnelAnswer);
  line.onEnd = () => answered.settle({ failure: "unavailable" });
  line.send(request);
  let kept = false;
  try {
    const answer = yield* within(limit, answered);
    if (answer === TIMED_OUT) throw new LinkError("dial-timeout");
    if ("failure" in answer) throw new LinkError(answer.failure);
    kept = true;
    return new Tunneled(line, answer.remote, answer.shown);
  } finally {
    if (!kept) line.close();
  }
}

/** A connection that comes out somewhere else: TLS is from end to end, so what is shown is shown by the far end. */
class Tunneled implements Connection {
  readonly remote: string;
  readonly shown: unknown;
  private readonly line: Connection;

  constructor(line: Connection, remote: string, shown: unknown) {
    this.line = line;
    this.remote = remote;
    this.shown = shown;
  }

  get open(): boolean {
    return this.line.open;
  }

  get local(): string {
    return this.line.local;
  }

  get onMessage(): (message: unknown) => void {
    return this.line.onMessage;
  }

  set onMessage(handler: (message: unknown) => void) {
    this.line.onMessage = handler;
  }

  get onEnd(): (failure: LinkFailure) => void {
    return this.line.onEnd;
  }

  set onEnd(handler: (failure: LinkFailure) => void) {
    this.line.onEnd = handler;
  }

  attach(receiver: Receiver): void {
    this.line.attach(receiver);
  }

  send(message: unknown, delay?: Duration): void {
    this.line.send(message, delay);
  }

  close(): void {
    this.line.close();
  }
}
