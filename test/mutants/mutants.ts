/**
 * Deliberate faults, each of which some test must catch: `find` is there exactly once in `file`, and with `replace` in its place `caughtBy`
 * must fail. A mutant that survives is a promise that nobody checks.
 */
export interface Mutant {
  /** What the engine then does wrong. */
  readonly name: string;
  /** Under `engine/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test files under `test/`, one of which must fail. */
  readonly caughtBy: readonly string[];
}

const mutant = (name: string, file: string, find: string, replace: string, ...caughtBy: string[]): Mutant => ({
  name,
  file,
  find,
  replace,
  caughtBy,
});

export const MUTANTS: readonly Mutant[] = [
  mutant(
    "a leader ignores its renew deadline",
    "client/leader-election.ts",
    "if (!(yield* this.round())) return",
    "if (!(yield* this.round()) && this.cancelled.set) return",
    "client/leader-election.test.ts",
  ),
  mutant(
    "a standby does not wait for the lease to run out",
    "client/leader-record.ts",
    "if (held && isValid(observation, now) && !mine)",
    "if (held && mine && !mine)",
    "client/leader-election.test.ts",
  ),
  mutant(
    "an elector compares the lease's times with its own clock",
    "client/leader-record.ts",
    "time + (record.leaseDurationSeconds ?? 0)",
    "(record.renewTime ?? time) + (record.leaseDurationSeconds ?? 0)",
    "client/leader-election.test.ts",
  ),
  mutant(
    "a queue loses what is added again while it is in hand",
    "client/work-queue.ts",
    "if (this.dirty.has(key)) this.join(key);",
    "this.dirty.delete(key);",
    "client/work-queue.test.ts",
  ),
  mutant(
    "a queue gives one key into two hands",
    "client/work-queue.ts",
    "if (!this.processing.has(key)) this.join(key);",
    "this.join(key);",
    "client/work-queue.test.ts",
  ),
  mutant(
    "expectations never expire",
    "client/expectations.ts",
    "return this.now() - record.since > EXPECTATIONS_TIMEOUT;",
    "return false;",
    "client/expectations.test.ts",
  ),
  mutant(
    "waits between retries do not grow",
    "client/backoff.ts",
    "const grown = Math.round(wait * factor);",
    "const grown: number = wait;",
    "client/retry.test.ts",
    "client/informer.test.ts",
  ),
  mutant(
    "a new list takes nothing out of an informer's copy",
    "client/informer.ts",
    "if (!listed.has(keyOf(object))) this.remove",
    'if (listed.has("")) this.remove',
    "client/informer.test.ts",
  ),
  mutant(
    "a reflector lists again from any old cache",
    "client/reflector.ts",
    "if (target.revision > 0) return target.revision;",
    "if (target.revision > 0) return 0;",
    "client/informer.test.ts",
  ),
  mutant(
    "a heartbeat that fails is not tried again at once",
    "client/lease-keeper.ts",
    "const UPDATE_TRIES = 5;",
    "const UPDATE_TRIES = 1;",
    "client/lease-keeper.test.ts",
  ),
  mutant(
    "the store skips the conflict check",
    "hub/etcd/store.ts",
    "(old?.metadata.resourceVersion ?? 0) !== expected",
    "expected < 0",
    "hub/etcd/store.test.ts",
  ),
  mutant(
    "a watch drops the first event of a batch",
    "hub/apiserver/watches.ts",
    "this.exchange.push(frame);",
    "this.exchange.push(frame.slice(1));",
    "hub/apiserver/watches.test.ts",
  ),
  mutant(
    "a watch from a forgotten revision is not refused with 410",
    "hub/apiserver/watches.ts",
    "if (asked !== 0 && asked < oldest)",
    "if (asked < 0)",
    "hub/apiserver/watches.test.ts",
  ),
  mutant(
    "a consistent read is served from a cache that lags",
    "hub/apiserver/feed.ts",
    "if (this.ready && this.revision >= revision) {",
    "if (this.ready) {",
    "hub/apiserver/reads.test.ts",
  ),
  mutant(
    "an index of the watch cache keeps what is deleted",
    "hub/apiserver/watch-cache.ts",
    "this.index?.remove(key, change.old!);",
    "",
    "hub/apiserver/reads.test.ts",
    "hub/apiserver/delivery.property.test.ts",
  ),
  mutant(
    "graceful deletion is skipped",
    "hub/storage/deletion.ts",
    "if (!kind.gracePeriodSeconds) return undefined;",
    'if (kind.plural !== "") return undefined;',
    "hub/storage/deletion.test.ts",
  ),
  mutant(
    "a deletion ignores which object is meant",
    "hub/storage/deletion.ts",
    "if (options.uid !== undefined && options.uid !== meta.uid)",
    'if (options.uid === "")',
    "hub/storage/deletion.test.ts",
  ),
  mutant(
    "a pod is bound a second time",
    "hub/storage/binding.ts",
    "if (pod.spec.nodeName)",
    'if (pod.spec.nodeName === "")',
    "hub/apiserver/writes.test.ts",
  ),
  mutant(
    "the node controller compares stored times with its clock",
    "control/controllers/node-health.ts",
    "probe: renewed ? at.monotonic :",
    "probe: renewed ? (lease?.spec.renewTime ?? at.monotonic) :",
    "control/controllers/node-health.test.ts",
    "control/controllers/node-lifecycle.test.ts",
  ),
  mutant(
    "a zone is partly lost one node too late",
    "control/controllers/zone-disruption.ts",
    "notReady > 2 &&",
    "notReady > 3 &&",
    "control/controllers/zone-disruption.test.ts",
  ),
  mutant(
    "the sticky set of evictions is not sticky",
    "control/controllers/rate-limited-timed-queue.ts",
    "if (this.known.has(name)) return false;",
    "if (this.waiting.has(name)) return false;",
    "control/controllers/rate-limited-timed-queue.test.ts",
  ),
  mutant(
    "evictions are not limited in their rate",
    "control/controllers/rate-limited-timed-queue.ts",
    "this.next = (now + this.interval) as Instant;",
    "this.next = now;",
    "control/controllers/rate-limited-timed-queue.test.ts",
  ),
  mutant(
    "a decision to evict is not cancelled when the taint goes",
    "control/controllers/taint-eviction.ts",
    "if (taints.length === 0) this.cancel(keyOf(pod));",
    "if (taints.length === 0) continue;",
    "control/controllers/taint-eviction.test.ts",
  ),
  mutant(
    "pods of a missing node are collected without a quarantine",
    "control/controllers/pod-garbage-collector-orphans.ts",
    "this.quarantine.addAfter(name, QUARANTINE);",
    "this.quarantine.add(name);",
    "control/controllers/pod-garbage-collector.test.ts",
  ),
  mutant(
    "a rolling update ignores its surge",
    "control/controllers/deployment-rollout.ts",
    "const room = replicas + maxSurge(deployment) - askedBy(sets);",
    "const room = 2 * replicas - askedBy(sets) + maxSurge(deployment);",
    "control/controllers/deployment-rollout.test.ts",
  ),
  mutant(
    "a rolling update ignores how many must stay available",
    "control/controllers/deployment-rollout.ts",
    "(fresh.status.availableReplicas ?? 0) - minAvailable(deployment);",
    "(fresh.status.availableReplicas ?? 0);",
    "control/controllers/deployment-rollout.test.ts",
  ),
  mutant(
    "a ReplicaSet does not wait for its own writes to be seen",
    "control/controllers/replica-set.ts",
    "const mayAct = expectations.satisfied(key);",
    "const mayAct = true;",
    "control/controllers/replica-set.test.ts",
  ),
  mutant(
    "the scheduler forgets the pods that it has assumed",
    "control/scheduler/cache.ts",
    "this.place(pod.key, pod.pod, node, true);",
    "",
    "control/scheduler/cache.test.ts",
    "control/scheduler/scheduler.test.ts",
  ),
  mutant(
    "a kubelet restarts containers without back-off",
    "node/restart-backoff.ts",
    "return Math.max(0, step.wait - between(event, now)) as Duration;",
    "return 0 as Duration;",
    "node/restart-backoff.test.ts",
  ),
  mutant(
    "a partition heals one way only",
    "world/pair-rules.ts",
    "for (const lift of lifts.splice(0)) lift();",
    "lifts.splice(0)[0]?.();",
    "world/partition.test.ts",
  ),
  mutant(
    "a process that goes on has lost what came due in its pause",
    "kernel/scope.ts",
    "const waiting = this.backlog;",
    "const waiting: typeof this.backlog = [];",
    "kernel/process.test.ts",
    "world/daemon.test.ts",
  ),
  mutant(
    "an event that is cancelled happens all the same",
    "kernel/wheel-queue.ts",
    "=== DEAD) return false;",
    "=== DEAD) return false;\n    if (slot >= 0) return true;",
    "kernel/wheel-queue.test.ts",
  ),
  mutant(
    "a killed task runs on",
    "kernel/scope.ts",
    "for (const task of this.tasks.all().reverse()) task.kill();",
    "",
    "world/daemon.test.ts",
  ),
  mutant(
    "a clock that drifts does not re-time what is armed",
    "world/machine.ts",
    "program.life?.scope.setRate(this.clock.rate);",
    "void program;",
    "world/clock-drift.test.ts",
  ),
  mutant(
    "the store does not look at the term of a write",
    "hub/etcd/store.ts",
    "if (isOver(term, lease)) return",
    "if (isOver(term, lease) && expected < 0) return",
    "hub/apiserver/fencing.test.ts",
  ),
  mutant(
    "a lease that was made anew counts as the old one",
    "api/kinds/lease.ts",
    "stored?.metadata.uid !== uid || ",
    "stored === undefined || ",
    "hub/apiserver/fencing.test.ts",
  ),
  mutant(
    "a client forgets the term that it speaks in",
    "client/client.ts",
    "{ ...asked, term: this.term }",
    "{ ...asked }",
    "control/controllers/controller-manager.test.ts",
  ),
];
