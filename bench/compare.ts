/**
 * `npm run bench:compare -- [filter…] [--against folder] [--pairs n] [--clock cpu|wall]`: shows what a change did. Without a folder, against the
 * saved baseline, of the same machine one hopes. With the folder of another built clone (`git worktree add`), both builds are measured by
 * turns, each time in fresh processes: that is the one to believe on a machine that has other work.
 */
import { parseArgs } from "node:util";
import { readBaseline } from "./baseline.ts";
import { measureApart, programOf } from "./child.ts";
import { chosen } from "./choice.ts";
import { type Comparison, comparePairs, compareRuns, renderComparisons } from "./comparison.ts";
import type { Figure } from "./figure.ts";
import type { ClockName } from "./measure.ts";
import { BENCHES } from "./registry.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: "string" },
    pairs: { type: "string", default: "5" },
    clock: { type: "string", default: "cpu" },
  },
});
const clock = values.clock as ClockName;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

process.exitCode = compare();

function compare(): number {
  const benches = chosen(BENCHES, positionals).map(({ name }) => name);
  const wrong = misuse(benches);
  if (wrong !== undefined) {
    say(wrong);
    return 2;
  }
  const { against } = values;
  const comparisons = against === undefined ? withBaseline(benches) : benches.flatMap((name) => byTurns(name, against));
  process.stdout.write(`${renderComparisons(comparisons)}\n`);
  return 0;
}

function misuse(benches: readonly string[]): string | undefined {
  if (benches.length === 0) return `no bench has ${positionals.join(" or ")} in its name`;
  if (!["wall", "cpu"].includes(clock)) return `--clock ${clock}: wall or cpu`;
  return /^[1-9]\d?$/.test(values.pairs!) ? undefined : `--pairs ${values.pairs}: a number from 1 to 99`;
}

function withBaseline(benches: readonly string[]): readonly Comparison[] {
  const { machine, node, figures } = readBaseline();
  say(`before: ${machine}, node ${node}`);
  return compareRuns(
    figures,
    benches.flatMap((name) => measured(programOf(), name)),
  );
}

/** This build and the other, the first place changing from pair to pair. */
function byTurns(name: string, against: string): readonly Comparison[] {
  const pairs: (readonly [readonly Figure[], readonly Figure[]])[] = [];
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    const ours = () => measured(programOf(), name);
    const theirs = () => measured(programOf(against), name);
    if (pair % 2 === 0) pairs.push([theirs(), ours()]);
    else {
      const first = ours();
      pairs.push([theirs(), first]);
    }
  }
  return comparePairs(pairs);
}

function measured(program: string, name: string): readonly Figure[] {
  say(`… ${name}`);
  return measureApart(program, name, clock);
}
