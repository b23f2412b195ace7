/**
 * Measures one bench in this process. Tinybench says how often and for how long; each of its rounds times the reference loop and a trial side
 * by side, and hands back the time of one operation.
 */
import { Bench as Tinybench } from "tinybench";
import { type Bench, isWeighed, type Timed } from "./bench.ts";
import { type Figure, type Sample, timedFigure, weighedFigure } from "./figure.ts";
import { referenceTurn } from "./reference.ts";

/** `wall` is what a user waits; `cpu` is the time of all threads of the process, which a busy machine disturbs less. */
export type ClockName = "wall" | "cpu";

const CLOCKS: Readonly<Record<ClockName, () => number>> = {
  wall: () => performance.now() / 1_000,
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  },
};
/** Where a bench does not say: warm for a third of a second, then measure for a second. */
const SHORT = { warmupTime: 350, warmupIterations: 3, time: 1_000, iterations: 8 };

export async function measure(bench: Bench, clockName: ClockName): Promise<readonly Figure[]> {
  if (isWeighed(bench))
    return Object.entries(bench.weigh(collect)).map(([what, bytes]) => weighedFigure(bench.name, what, bytes));
  const samples = await timed(bench, CLOCKS[clockName]);
  return [...samples].map(([operation, each]) => timedFigure(bench.name, operation, each, bench.peerOf));
}

async function timed(bench: Timed, clock: () => number): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const { effort } = bench;
  const samples = new Map<string, Sample[]>();
  let trial = bench.prepare();
  let measuring = false;
  const rounds = new Tinybench({
    ...(effort ? { warmupTime: 0, warmupIterations: effort.warmUps, time: 0, iterations: effort.samples } : SHORT),
    warmup: effort?.warmUps !== 0,
    throws: true,
  });
  const round = () => {
    const reference = referenceTurn(clock);
    const before = clock();
    const work = trial();
    const seconds = clock() - before;
    if (measuring) note(samples, work, seconds, reference);
    const [operations = 1] = Object.values(work);
    return { overriddenDuration: (seconds * 1_000) / operations, overriddenIterationCost: seconds * 1_000 };
  };
  rounds.add(bench.name, round, {
    async: false,
    beforeAll: (mode) => {
      measuring = mode === "run";
    },
    beforeEach: () => {
      if (effort?.fresh) trial = bench.prepare();
    },
  });
  await rounds.run();
  return samples;
}

function note(samples: Map<string, Sample[]>, work: Readonly<Record<string, number>>, time: number, reference: number) {
  for (const [operation, count] of Object.entries(work)) {
    const sample = { each: time / count, reference };
    const list = samples.get(operation);
    if (list) list.push(sample);
    else samples.set(operation, [sample]);
  }
}

/** Collects garbage until nothing more goes; needs `node --expose-gc`. */
function collect(): void {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("weighing needs node --expose-gc");
  for (let i = 0; i < 3; i++) gc();
}
