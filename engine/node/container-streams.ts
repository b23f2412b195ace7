/**
 * What a kubelet's streams do with containers: read a log, run a command, watch the output, reach a port (kubelet `server/server.go`, cri-streaming
 * `portforward`, `remotecommand`). A stream that carries nothing for `--streaming-connection-idle-timeout` is ended.
 *
 * Commands are a handful that every image has here: echo, hostname, date, cat, sleep, true, false. A port answers with the pod's name, if its container
 * is ready; a pod has no list of ports that it listens on.
 */
import { ApiError, notFound } from "../api/error.ts";
import { splitKey } from "../api/object.ts";
import type { KubeletRequest, StreamFrame, StreamOptions } from "../api/stream.ts";
import { type Duration, formatDuration, parseDuration } from "../base/units.ts";
import { type Process, sleep } from "../kernel/process.ts";
import { Timer } from "../kernel/timer.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Exchange } from "../world/rpc.ts";
import type { LogLine } from "./container-log.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { RunningContainer, Sandbox } from "./sandbox.ts";

const OK = { code: 200 };

export class ContainerStreams {
  private readonly daemon: Daemon;
  private readonly runtime: ContainerRuntime;
  private readonly idleTimeout: Duration;

  constructor(daemon: Daemon, runtime: ContainerRuntime, idleTimeout: Duration) {
    this.daemon = daemon;
    this.runtime = runtime;
    this.idleTimeout = idleTimeout;
  }

  serve(exchange: Exchange, { path, pod = "", options }: KubeletRequest): void {
    const sandbox = this.runtime.sandboxOf(pod);
    const container = sandbox?.container(options.container ?? sandbox.pod.spec.containers[0]!.name);
    if (sandbox === undefined) refuse(exchange, notFound("pods", splitKey(pod).name));
    else if (path === "/containerLogs") this.log(exchange, sandbox, container, options);
    else if (container?.state !== "running") refuse(exchange, containerNotFound(options.container ?? ""));
    else if (path === "/exec") this.exec(exchange, sandbox, options.command ?? []);
    else if (path === "/attach") this.attach(exchange, container);
    else this.forward(exchange, sandbox, container, options);
  }

  private log(
    exchange: Exchange,
    { key }: Sandbox,
    container: RunningContainer | undefined,
    { follow = false, previous = false, tailLines, container: name }: StreamOptions,
  ): void {
    const pod = splitKey(key).name;
    if (container === undefined || container.state === "created") {
      const why = `container "${name}" in pod "${pod}" is waiting to start: ContainerCreating`;
      refuse(exchange, new ApiError(400, "BadRequest", why));
      return;
    }
    if (previous && container.previous === undefined) {
      const why = `previous terminated container "${name}" in pod "${pod}" not found`;
      refuse(exchange, new ApiError(400, "BadRequest", why));
      return;
    }
    exchange.push(OK);
    const lines = (previous ? container.log?.previous : container.log?.lines) ?? [];
    for (const line of tailLines === undefined ? lines : lines.slice(lines.length - tailLines)) push(exchange, line);
    if (follow && !previous && container.state === "running") this.follow(exchange, container, false);
    else exchange.end();
  }

  /** Sends what the container writes from now on, until it exits or nobody reads any more. `attached`: its exit code too. */
  private follow(exchange: Exchange, container: RunningContainer, attached: boolean): void {
    const idle = this.idleLimit(exchange);
    const stop = container.logged.follow({
      line: (line) => {
        // A kubelet that is gone reads nothing; its connection ends without it.
        if (this.daemon.scope.dead) return;
        idle.set(this.idleTimeout);
        push(exchange, line);
      },
      ended: (exitCode) => {
        if (this.daemon.scope.dead) return;
        idle.cancel();
        if (attached) exchange.push({ exitCode } satisfies StreamFrame);
        exchange.end();
      },
    });
    exchange.onCancel = () => {
      idle.cancel();
      stop();
    };
  }

  private attach(exchange: Exchange, container: RunningContainer): void {
    exchange.push(OK);
    this.follow(exchange, container, true);
  }

  private exec(exchange: Exchange, sandbox: Sandbox, command: readonly string[]): void {
    exchange.push(OK);
    const task = this.daemon.spawn("exec", this.run(exchange, sandbox, command));
    exchange.onCancel = () => task.kill();
  }

  private *run(exchange: Exchange, { key }: Sandbox, [program = "", ...words]: readonly string[]): Process {
    const say = (text: string) => exchange.push({ stream: "stdout", text } satisfies StreamFrame);
    let exitCode = 0;
    if (program === "echo") say(words.join(" "));
    else if (program === "hostname") say(splitKey(key).name);
    else if (program === "date") say(`${formatDuration(this.daemon.now() as number as Duration)} after the start`);
    else if (program === "sleep") yield* sleep(parseDuration(`${words[0]}s`) ?? (0 as Duration));
    else if (program === "false") exitCode = 1;
    else if (program === "cat") for (const word of words) exitCode = this.missing(exchange, word);
    else if (program !== "true") {
      const why = `exec: "${program}": executable file not found in $PATH`;
      const failure = `OCI runtime exec failed: exec failed: unable to start container process: ${why}: unknown`;
      exchange.push({ exitCode: 126, failure } satisfies StreamFrame);
      exchange.end();
      return;
    }
    exchange.push({ exitCode } satisfies StreamFrame);
    exchange.end();
  }

  private missing(exchange: Exchange, file: string): number {
    exchange.push({ stream: "stderr", text: `cat: ${file}: No such file or directory` } satisfies StreamFrame);
    return 1;
  }

  private forward(exchange: Exchange, sandbox: Sandbox, { ready }: RunningContainer, options: StreamOptions): void {
    exchange.push(OK);
    if (!ready) {
      const where = `port ${options.port} to pod ${sandbox.uid}`;
      const why = `failed to connect to localhost:${options.port} inside namespace: connect: connection refused`;
      exchange.push({ failure: `error forwarding ${where}: ${why}` } satisfies StreamFrame);
    } else if (options.input !== undefined) {
      const text = `answer of ${splitKey(sandbox.key).name}:${options.port} to ${options.input}`;
      exchange.push({ stream: "stdout", text } satisfies StreamFrame);
    }
    const idle = this.idleLimit(exchange);
    const stopped = this.runtime.whenStopped(sandbox, () => {
      idle.cancel();
      exchange.end();
    });
    exchange.onCancel = () => {
      idle.cancel();
      stopped();
    };
  }

  private idleLimit(exchange: Exchange): Timer {
    const timer = new Timer(this.daemon.scope, () => {
      exchange.onCancel?.();
      exchange.end();
    });
    timer.set(this.idleTimeout);
    return timer;
  }
}

const refuse = (exchange: Exchange, error: ApiError): void => exchange.reply({ code: error.code, error });

const push = (exchange: Exchange, { text }: LogLine): void =>
  exchange.push({ stream: "stdout", text } satisfies StreamFrame);

const containerNotFound = (name: string): ApiError =>
  new ApiError(500, "InternalError", `unable to upgrade connection: container not found ("${name}")`);
