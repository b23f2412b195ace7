/**
 * Shuffle sharding: each flow is dealt a hand of a few queues out of many, from nothing but the flow's hash, so that a flow that floods its own
 * queues leaves nearly every other flow at least one queue that is not flooded. Behaviour of apiserver `pkg/util/shufflesharding/dealer.go` and
 * `pkg/util/flowcontrol/fairqueuing/queueset/queueset.go` (`shuffleShardLocked`).
 *
 * A hash has 64 bits, more than a number holds exactly, so it goes in two halves.
 */
import { assert } from "../../base/assert.ts";
import { sha256 } from "../../base/sha256.ts";

/** The two halves of a 64-bit hash, each an unsigned 32-bit number. */
export interface FlowHash {
  readonly high: number;
  readonly low: number;
}

const TWO_32 = 4_294_967_296;
/** `maxHashBits`: bits of a hash that may be dealt out; the rest keeps the deal nearly fair. */
const MAX_HASH_BITS = 60;

/** First eight bytes, little-endian, of the SHA-256 of schema, a zero byte and distinguisher (`flowcontrol/apf_controller.go`, `hashFlowID`). */
export function flowHash(schema: string, distinguisher: string): FlowHash {
  const bytes = sha256(`${schema}\0${distinguisher}`);
  return { high: word(bytes, 4), low: word(bytes, 0) };
}

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

/** Whether a hash has enough bits for such hands (`RequiredEntropyBits`): the ways to deal one are no more than they can tell apart. */
export function isDealable(deck: number, hand: number): boolean {
  let ways = 1;
  for (let i = 0; i < hand; i++) ways *= deck - i;
  return hand >= 1 && deck >= hand && ways <= 2 ** MAX_HASH_BITS;
}

/** Writes the hand of a flow into `cards`: that many different numbers below `deck`, in the order dealt. */
export function deal({ high, low }: FlowHash, deck: number, cards: Uint16Array): void {
  assert(cards.length <= deck, "a hand is not larger than the deck");
  let upper = high;
  let lower = low;
  for (let i = 0; i < cards.length; i++) {
    const left = deck - i;
    const carried = (upper % left) * TWO_32 + lower;
    cards[i] = carried % left;
    upper = Math.floor(upper / left);
    lower = Math.floor(carried / left);
  }
  // From remainders to cards, last first: each looks at the remainders before it, which are still untouched.
  for (let i = cards.length - 1; i > 0; i--) for (let j = i - 1; j >= 0; j--) if (cards[i]! >= cards[j]!) cards[i]!++;
}

/** Of the queues of a hand, the one with the least work waiting; looked through from card `offset` on, the first of equals counts. */
export function chooseQueue(hand: ArrayLike<number>, offset: number, waitingWork: (queue: number) => number): number {
  let best = hand[offset % hand.length]!;
  let least = waitingWork(best);
  for (let i = 1; i < hand.length && least > 0; i++) {
    const queue = hand[(offset + i) % hand.length]!;
    const work = waitingWork(queue);
    if (work < least) {
      best = queue;
      least = work;
    }
  }
  return best;
}
