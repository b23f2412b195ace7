import { describe, expect, it } from "vitest";
import { inSeconds } from "../../engine/base/units.ts";
import { nextRetransmission, patience, TCP } from "../../engine/world/tcp.ts";
import { at } from "./stage.ts";

describe("retransmission", () => {
  it("doubles its timeout from 0.2 s up to 120 s, fifteen times, and is given up after 924.6 s", () => {
    const instants: number[] = [];
    let now = at(0);
    for (;;) {
      const next = nextRetransmission(TCP, at(0), now);
      if (next === undefined) break;
      instants.push(inSeconds(next));
      now = (next + 1) as typeof now;
    }
    expect(instants).toEqual([0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, 51, 102.2, 204.6, 324.6, 444.6, 564.6, 684.6, 804.6]);
    expect(inSeconds(patience(TCP, TCP.retries))).toBe(924.6);
    expect(inSeconds(patience(TCP, TCP.orphanRetries))).toBe(102.2);
  });
});
