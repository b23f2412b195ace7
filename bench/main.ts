/**
 * `npm run bench -- [filter…] [--output table|json|csv] [--rounds n] [--clock cpu|wall] [--save] [--list]`: measures, and prints a table on
 * stdout; `--save` writes the figures into the baseline too.
 * Rounds go through all benches again, so that what disturbs the machine for a while disturbs no bench alone.
 */
import { parseArgs } from "node:util";
import { saveBaseline } from "./baseline.ts";
import { HERE, measureApart, programOf } from "./child.ts";
import { chosen, leftOut } from "./choice.ts";
import type { Figure } from "./figure.ts";
import { type ClockName, measure } from "./measure.ts";
import { BENCHES } from "./registry.ts";
import { middling } from "./rounds.ts";
import { OUTPUTS, type Output, render } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: "string", default: "table" },
    rounds: { type: "string", default: "1" },
    clock: { type: "string", default: "cpu" },
    list: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    [HERE.slice(2)]: { type: "boolean", default: false },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

let failed = false;

if (values["here"]) await here(positionals[0]!);
else if (values.list) for (const { name, says, long } of BENCHES) print(`${name}${long ? " (long)" : ""}\n    ${says}`);
else process.exitCode = everything();

async function here(name: string): Promise<void> {
  print(JSON.stringify(await measure(BENCHES.find((bench) => bench.name === name)!, values.clock as ClockName)));
}

function everything(): number {
  const wrong = misuse();
  const benches = chosen(BENCHES, positionals);
  if (wrong !== undefined || benches.length === 0) {
    say(wrong ?? `no bench has ${positionals.join(" or ")} in its name; --list shows what there is`);
    return 2;
  }
  const rounds: (readonly Figure[])[] = [];
  for (let round = 0; round < Number(values.rounds); round++)
    rounds.push(
      benches.flatMap(({ name }) => {
        say(`… ${name}`);
        return attempt(name);
      }),
    );
  const figures = middling(rounds);
  print(render(figures, values.output as Output));
  if (values.save) say(`saved: ${saveBaseline(figures)}`);
  const long = leftOut(BENCHES, positionals);
  if (long.length > 0) say(`\nlong ones, measured when named: ${long.map(({ name }) => name).join(", ")}`);
  return failed ? 1 : 0;
}

/** A bench that breaks down has said why, and takes no other with it. */
function attempt(name: string): readonly Figure[] {
  try {
    return measureApart(programOf(), name, values.clock as ClockName);
  } catch (error) {
    say((error as Error).message);
    failed = true;
    return [];
  }
}

function misuse(): string | undefined {
  if (!OUTPUTS.includes(values.output as Output)) return `--output ${values.output}: one of ${OUTPUTS.join(", ")}`;
  if (!["wall", "cpu"].includes(values.clock!)) return `--clock ${values.clock}: wall or cpu`;
  if (!/^[1-9]\d?$/.test(values.rounds!)) return `--rounds ${values.rounds}: a number from 1 to 99`;
  return undefined;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
