/** Requests and watches of one client on a small cluster: what a round trip through network, API server and etcd costs. */
import type { Lease } from "../../engine/api/kinds/lease.ts";
import { newMeta } from "../../engine/api/object.ts";
import { sharedInformers } from "../../engine/client/informer.ts";
import { createWorkQueue } from "../../engine/client/work-queue.ts";
import type { Run } from "../../engine/experiment/run.ts";
import type { Process } from "../../engine/kernel/process.ts";
import type { Timed, Trial } from "../bench.ts";
import { begin, fleet, playTo, playUntil } from "../cluster/stage.ts";

const lease = (name: string): Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: newMeta({ name, namespace: "default" }),
  spec: { holderIdentity: "bench", leaseDurationSeconds: 40 },
});

function quietCluster(): Run {
  const run = begin(fleet({ nodes: 1 }));
  playTo(run, 120);
  return run;
}

/** A client that nothing holds back, with a connection of its own. */
const clientOf = (run: Run) => run.cluster.workstation({ qps: -1, burst: 1 }).client;

/** Runs a process of the workstation to its end. */
function through(run: Run, process: Process): void {
  const task = run.cluster.workstation().daemon.spawn("bench", process);
  playUntil(run, () => task.done);
}

const CALLS = 2_000;

export const calls = (["get", "update"] as const).map(
  (verb): Timed => ({
    name: `client/${verb}`,
    says: `${verb}s of one Lease, one after the other`,
    prepare() {
      const run = quietCluster();
      const client = clientOf(run);
      through(
        run,
        (function* () {
          yield* client.create("Lease", lease("bench"));
        })(),
      );
      function* repeat(): Process {
        for (let i = 0; i < CALLS; i++) {
          if (verb === "get") yield* client.get("Lease", "default/bench");
          else
            yield* client.patch("Lease", "default/bench", (old) => ({
              ...old,
              spec: { ...old.spec, leaseTransitions: i },
            }));
        }
      }
      return () => {
        const before = run.kernel.events;
        through(run, repeat());
        return { call: CALLS, event: run.kernel.events - before };
      };
    },
  }),
);

export const watches = ([1, 100, 5_000] as const).map(
  (watchers): Timed => ({
    name: `client/watchers ${watchers}`,
    says: `one Lease is changed, ${watchers} watchers on connections of their own are told`,
    effort: { samples: 7, warmUps: 2, fresh: false },
    prepare: () => fanOut(watchers),
  }),
);

function fanOut(watchers: number): Trial {
  const run = quietCluster();
  const writer = clientOf(run);
  const changes = Math.min(2_000, Math.max(4, Math.floor(40_000 / watchers)));
  let seen = 0;
  through(
    run,
    (function* () {
      yield* writer.create("Lease", lease("bench"));
      const { items, resourceVersion } = yield* writer.list("Lease");
      for (let i = 0; i < watchers && items.length > 0; i++)
        yield* clientOf(run).watch(
          "Lease",
          { resourceVersion, fieldSelector: { field: "metadata.name", value: "bench" } },
          (frame) => {
            seen += frame.length;
          },
        );
    })(),
  );
  function* change(): Process {
    for (let i = 0; i < changes; i++)
      yield* writer.patch("Lease", "default/bench", (old) => ({ ...old, spec: { ...old.spec, leaseTransitions: i } }));
  }
  return () => {
    const target = seen + watchers * changes;
    run.cluster.workstation().daemon.spawn("bench", change());
    playUntil(run, () => seen >= target);
    return { delivery: watchers * changes, change: changes };
  };
}

const KEYS = 1_000;

export const informers: Timed = {
  name: "client/informer and work queue",
  says: `${KEYS} Leases are changed; an informer puts each into a queue, a worker takes it out and looks it up`,
  effort: { samples: 7, warmUps: 2, fresh: false },
  prepare() {
    const run = quietCluster();
    const { daemon } = run.cluster.workstation();
    const client = clientOf(run);
    const shared = sharedInformers(daemon, client);
    const copy = shared.of("Lease");
    const queue = createWorkQueue(daemon, "bench");
    let taken = 0;
    copy.onChange({
      updated: (_, { metadata }) => metadata.namespace === "default" && queue.add(`default/${metadata.name}`),
    });
    shared.start();
    daemon.spawn(
      "worker",
      (function* () {
        for (;;) {
          const key = yield* queue.take();
          if (copy.get(key) !== undefined) taken++;
          queue.done(key);
        }
      })(),
    );
    through(
      run,
      (function* () {
        for (let i = 0; i < KEYS; i++) yield* client.create("Lease", lease(`bench-${i}`));
      })(),
    );
    let round = 0;
    function* change(): Process {
      round++;
      for (let i = 0; i < KEYS; i++)
        yield* client.patch("Lease", `default/bench-${i}`, (old) => ({
          ...old,
          spec: { ...old.spec, leaseTransitions: round },
        }));
    }
    return () => {
      const target = taken + KEYS;
      daemon.spawn("bench", change());
      playUntil(run, () => taken >= target);
      return { change: KEYS };
    };
  },
};
