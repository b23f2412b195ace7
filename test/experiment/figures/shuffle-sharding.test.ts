import { describe, expect, it } from "vitest";
import { choose, shuffleSharding, squished } from "../../../engine/experiment/figures/shuffle-sharding.ts";

/** As the Kubernetes documentation prints it: hand size, queues, and the probability with 1, 4 and 16 elephants. */
const DOCUMENTED: readonly (readonly [number, number, string, string, string])[] = [
  [12, 32, "4.428838398950118e-09", "0.11431348830099144", "0.9935089607656024"],
  [10, 32, "1.550093439632541e-08", "0.0626479840223545", "0.9753101519027554"],
  [10, 64, "6.601827268370426e-12", "0.00045571320990370776", "0.49999929150089345"],
  [9, 64, "3.6310049976037345e-11", "0.00045501212304112273", "0.4282314876454858"],
  [8, 64, "2.25929199850899e-10", "0.0004886697053040446", "0.35935114681123076"],
  [8, 128, "6.994461389026097e-13", "3.4055790161620863e-06", "0.02746173137155063"],
  [7, 128, "1.0579122850901972e-11", "6.960839379258192e-06", "0.02406157386340147"],
  [7, 256, "7.597695465552631e-14", "6.728547142019406e-08", "0.0006709661542533682"],
  [6, 256, "2.7134626662687968e-12", "2.9516464018476436e-07", "0.0008895654642000348"],
  [6, 512, "4.116062922897309e-14", "4.982983350480894e-09", "2.26025764343413e-05"],
  [6, 1024, "6.337324016514285e-16", "8.09060164312957e-11", "4.517408062903668e-07"],
];

describe("the table of shuffle sharding", () => {
  it.each(DOCUMENTED)("is the documented one for hands of %i from %i queues", (hand, queues, ...expected) => {
    for (const [i, elephants] of [1, 4, 16].entries()) {
      const relative = squished(hand, queues, elephants) / Number(expected[i]) - 1;
      expect(Math.abs(relative)).toBeLessThan(1e-9);
    }
  });

  it("counts hands", () => {
    expect(choose(128, 6)).toBe(5_423_611_200n);
  });

  it("comes out of the dealer and the choice of queue too", () => {
    const rows = shuffleSharding.rows(4_000, "table");
    expect(rows).toHaveLength(33);
    const likely = rows.filter(([, , , exact]) => Number(exact) > 1e-3);
    expect(likely).toHaveLength(9);
    for (const [hand, queues, elephants, exact, dealt, deviation] of likely)
      expect(
        Math.abs(Number(dealt) - Number(exact)),
        `${hand} of ${queues}, ${elephants} elephants`,
      ).toBeLessThanOrEqual(3 * Number(deviation));
  });
});
