import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseQueue, deal, flowHash, isDealable } from "../../../engine/hub/fairness/shuffle-sharding.ts";

/** The deal as KEP-1040 writes it down, on one whole 64-bit number. */
function dealtSlowly(hash: bigint, deck: number, size: number): number[] {
  const remainders: number[] = [];
  let left = hash;
  for (let i = 0; i < size; i++) {
    remainders.push(Number(left % BigInt(deck - i)));
    left /= BigInt(deck - i);
  }
  return remainders.map((remainder, i) => {
    let card = remainder;
    for (let j = i - 1; j >= 0; j--) if (card >= remainders[j]!) card++;
    return card;
  });
}

const dealt = (hash: bigint, deck: number, size: number): number[] => {
  const cards = new Uint16Array(size);
  deal({ high: Number(hash >> 32n), low: Number(hash & 0xffffffffn) }, deck, cards);
  return [...cards];
};

describe("the dealer", () => {
  it("deals what the arithmetic of whole 64-bit numbers deals", () => {
    const decks = fc.constantFrom([32, 12], [64, 6], [128, 6], [16, 4], [512, 6], [1024, 6], [8, 8], [1, 1]);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), decks, (hash, [deck, size]) => {
        const hand = dealt(hash, deck!, size!);
        expect(hand).toEqual(dealtSlowly(hash, deck!, size!));
        expect(new Set(hand).size).toBe(size);
        expect(hand.every((card) => card < deck!)).toBe(true);
      }),
    );
  });

  it("deals every hand of a small deck equally often", () => {
    const counts = new Map<string, number>();
    for (let hash = 0n; hash < 60n; hash++) {
      const hand = dealt(hash, 5, 3).join();
      counts.set(hand, (counts.get(hand) ?? 0) + 1);
    }
    expect(counts.size).toBe(60);
  });

  it("refuses hands that a hash cannot tell apart", () => {
    expect(isDealable(64, 6)).toBe(true);
    expect(isDealable(1024, 6)).toBe(true);
    expect(isDealable(512, 8)).toBe(false);
    expect(isDealable(4, 5)).toBe(false);
  });

  it("hashes a flow as the API server does: SHA-256, first eight bytes, little-endian", () => {
    const digest = createHash("sha256").update("system-nodes\0system:node:n1").digest();
    expect(flowHash("system-nodes", "system:node:n1")).toEqual({
      high: digest.readUInt32LE(4),
      low: digest.readUInt32LE(0),
    });
  });
});

describe("the choice of a queue", () => {
  const work = [5, 0, 3, 0, 9];

  it("takes the one with the least work waiting", () => {
    expect(chooseQueue([4, 2, 0], 0, (queue) => work[queue]!)).toBe(2);
  });

  it("takes the first of equals, from the offset on and round", () => {
    expect(chooseQueue([1, 3, 0], 0, (queue) => work[queue]!)).toBe(1);
    expect(chooseQueue([1, 3, 0], 1, (queue) => work[queue]!)).toBe(3);
    expect(chooseQueue([1, 3, 0], 2, (queue) => work[queue]!)).toBe(1);
  });
});
