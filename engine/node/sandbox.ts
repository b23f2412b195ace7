/**
 * A pod as the container runtime holds it: its sandbox and its containers, one record for each container through all its attempts
 * (the runtime keeps one dead attempt: kubelet garbage collection, `maxPerPodContainerCount` 1).
 */

import type { Container, Pod } from "../api/kinds/pod.ts";
import { type Key, keyOf } from "../api/object.ts";
import { present } from "../base/assert.ts";
import type { Instant } from "../base/units.ts";
import type { Latch } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import type { Timer } from "../kernel/timer.ts";
import { ContainerLog } from "./container-log.ts";

/** How an attempt ended. `startedAt` is missing when it never ran. */
export interface Termination {
  readonly exitCode: number;
  readonly reason: string;
  readonly startedAt: Instant | undefined;
  readonly finishedAt: Instant;
}

export class RunningContainer {
  readonly name: string;
  state: "created" | "running" | "exited" = "created";
  ready = false;
  /** Attempts before this one. */
  restarts: number;
  startedAt: Instant | undefined = undefined;
  /** How this attempt ended, and the one before. */
  ended: Termination | undefined = undefined;
  previous: Termination | undefined = undefined;
  /** The program, while it has something to do. */
  task: Task<void> | undefined = undefined;
  /** Set while the kubelet waits for the process to run. */
  begun: Latch | undefined = undefined;
  /** Set once the container has been told to stop. */
  exitAt: Instant | undefined = undefined;
  exitTimer: Timer | undefined = undefined;
  /** What it has written, if it has. */
  log: ContainerLog | undefined = undefined;

  constructor(name: string, restarts: number) {
    this.name = name;
    this.restarts = restarts;
  }

  /** Its log, made for the first who writes or reads it. */
  get logged(): ContainerLog {
    this.log ??= new ContainerLog();
    return this.log;
  }

  /** Records the end of this attempt. */
  end(termination: Termination): void {
    this.state = "exited";
    this.ready = false;
    this.ended = termination;
    this.task = undefined;
    this.begun = undefined;
    this.exitAt = undefined;
    this.exitTimer?.cancel();
    this.exitTimer = undefined;
    this.log?.end(termination.exitCode);
  }

  /** Makes it ready for another attempt. */
  again(restarts: number): void {
    this.state = "created";
    this.restarts = restarts;
    this.previous = this.ended;
    this.log?.turn();
    this.ended = undefined;
    this.startedAt = undefined;
  }
}

export class Sandbox {
  readonly uid: string;
  readonly key: Key;
  /** The pod as it was when the sandbox was made. */
  readonly pod: Pod;
  readonly containers: RunningContainer[] = [];
  /** Set while somebody waits for the last container to stop. */
  emptied: Latch | undefined = undefined;

  constructor(pod: Pod) {
    this.uid = pod.metadata.uid;
    this.key = keyOf(pod);
    this.pod = pod;
  }

  /** Whether any container runs or is about to. */
  get active(): boolean {
    return this.containers.some(({ state }) => state !== "exited");
  }

  container(name: string): RunningContainer | undefined {
    return this.containers.find((container) => container.name === name);
  }

  specOf(name: string): Container {
    const { containers, initContainers } = this.pod.spec;
    const named = (spec: Container) => spec.name === name;
    return present(containers.find(named) ?? initContainers?.find(named), `container ${name} of ${this.key}`);
  }

  /** The record of a container's next attempt. */
  prepare(name: string, restarts: number): RunningContainer {
    const known = this.container(name);
    if (known) {
      known.again(restarts);
      return known;
    }
    const container = new RunningContainer(name, restarts);
    this.containers.push(container);
    return container;
  }
}
