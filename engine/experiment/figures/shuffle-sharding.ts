/**
 * The table of KEP-1040 and of the Kubernetes documentation on flow control: how likely it is that a mouse, a flow of few requests, finds every queue of its hand
 * taken by some elephant, a flow that fills all of its own.
 *
 * Once by arithmetic, in exact whole numbers, and once by the dealer and the choice of queue that requests go through: flow names drawn at random are hashed
 * and dealt, the elephants' queues are filled, and the mouse is put into the queue that the server would choose for it.
 */
import { chooseQueue, deal, type FlowHash, flowHash } from "../../hub/fairness/shuffle-sharding.ts";
import { Random } from "../../kernel/random.ts";
import type { Figure } from "./figure.ts";

/** Hand size and queues, as the documentation has them. */
const ROWS: readonly (readonly [hand: number, queues: number])[] = [
  [12, 32],
  [10, 32],
  [10, 64],
  [9, 64],
  [8, 64],
  [8, 128],
  [7, 128],
  [7, 256],
  [6, 256],
  [6, 512],
  [6, 1024],
];
const ELEPHANTS: readonly number[] = [1, 4, 16];
const MOST = 16;

export const shuffleSharding: Figure = {
  name: "shuffle-sharding",
  summary:
    "how likely a small flow has all its queues taken by 1, 4 or 16 large ones (KEP-1040), by arithmetic and by dealing",
  samples: 200_000,
  columns: ["hand_size", "queues", "elephants", "squished", "squished_dealt", "deviation", "mice"],
  rows(samples, seed) {
    const dealt = dealMice(samples, seed);
    return ROWS.flatMap(([hand, queues], row) =>
      ELEPHANTS.map((elephants, column) => {
        const exact = squished(hand, queues, elephants);
        const share = dealt[row]![column]! / samples;
        return [hand, queues, elephants, exact, share, Math.sqrt((exact * (1 - exact)) / samples), samples];
      }),
    );
  },
};

/**
 * The probability that a hand lies within the union of so many others, by inclusion and exclusion over the cards that none of them has. Its terms
 * nearly cancel out, so they are added up as whole numbers.
 */
export function squished(hand: number, queues: number, elephants: number): number {
  let sum = 0n;
  for (let missing = 0; missing <= hand; missing++) {
    const term = choose(hand, missing) * choose(queues - missing, hand) ** BigInt(elephants);
    sum += missing % 2 === 0 ? term : -term;
  }
  return ratio(sum, choose(queues, hand) ** BigInt(elephants));
}

export function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let i = 0; i < k; i++) result = (result * BigInt(n - i)) / BigInt(i + 1);
  return k > n ? 0n : result;
}

/** To the last bits of a number, however small it is. */
function ratio(numerator: bigint, denominator: bigint): number {
  const shift = Math.max(0, denominator.toString(2).length - numerator.toString(2).length + 64);
  return Number((numerator << BigInt(shift)) / denominator) / 2 ** shift;
}

/** For each row and number of elephants, how many mice were squished. */
function dealMice(mice: number, seed: string): readonly number[][] {
  const random = new Random(seed).stream("figure/shuffle-sharding");
  const tables = ROWS.map(([hand, queues]) => new Table(hand, queues));
  for (let mouse = 0; mouse < mice; mouse++) {
    const flows: FlowHash[] = [];
    for (let i = 0; i <= MOST; i++) flows.push(flowHash("workload", `${random.bits()}${random.bits()}`));
    for (const table of tables) table.play(flows, mouse);
  }
  return tables.map(({ counts }) => counts);
}

/** The queues of one row. */
class Table {
  /** Mice squished, for each number of elephants. */
  readonly counts = ELEPHANTS.map(() => 0);
  private readonly mouse: Uint16Array;
  private readonly elephant: Uint16Array;
  private readonly filled: Uint8Array;
  private readonly waitingWork = (queue: number): number => this.filled[queue]!;

  constructor(hand: number, queues: number) {
    this.mouse = new Uint16Array(hand);
    this.elephant = new Uint16Array(hand);
    this.filled = new Uint8Array(queues);
  }

  /** The first flow is the mouse, the others come as elephants, one after the other. */
  play(flows: readonly FlowHash[], enqueued: number): void {
    const { mouse, elephant, filled, counts } = this;
    filled.fill(0);
    deal(flows[0]!, filled.length, mouse);
    for (let elephants = 1, column = 0; elephants <= MOST; elephants++) {
      deal(flows[elephants]!, filled.length, elephant);
      for (let i = 0; i < elephant.length; i++) filled[elephant[i]!] = 1;
      if (elephants !== ELEPHANTS[column]) continue;
      if (filled[chooseQueue(mouse, enqueued % mouse.length, this.waitingWork)] === 1) counts[column]!++;
      column++;
    }
  }
}
