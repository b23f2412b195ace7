import { describe, expect, it } from "vitest";
import type { User } from "../../../engine/api/wire.ts";
import { microseconds, milliseconds } from "../../../engine/base/units.ts";
import type { ApiServerSettings } from "../../../engine/hub/settings.ts";
import { pod } from "../objects.ts";
import { type Asked, Hub } from "../stage.ts";

const SOMEBODY: User = { name: "system:serviceaccount:shop:agent", groups: ["system:serviceaccounts"] };
const cpu = (cores: number): ApiServerSettings["cpu"] => ({
  cores,
  perRequest: milliseconds(100),
  perKilobyte: milliseconds(1_000),
  perRefusal: milliseconds(1),
});

function hubWith(cores: number, more: Partial<ApiServerSettings> = {}): Hub {
  const hub = new Hub({ settings: { cpu: cpu(cores), ...more } });
  hub.ask({ verb: "get", kind: "Namespace", key: "default", user: SOMEBODY });
  return hub;
}

const GET: Asked = { verb: "get", kind: "Namespace", key: "default", user: SOMEBODY };

/** Seconds until each answer is there. */
function answered(hub: Hub, asked: readonly Asked[]): readonly number[] {
  const began = hub.kernel.now;
  const answers = asked.map((each) => hub.send(each));
  const times = answers.map(() => 0);
  for (let step = 0; step < 1_000; step++) {
    hub.pass(milliseconds(10));
    for (const [i, { response }] of answers.entries())
      if (response !== undefined && times[i] === 0) times[i] = (hub.kernel.now - began) / 1_000_000;
  }
  return times.map((time) => Math.round(time * 10) / 10);
}

describe("an API server with a number of cores", () => {
  it("answers one after the other with one, two at a time with two", () => {
    expect(answered(hubWith(1), [GET, GET, GET, GET])).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(answered(hubWith(2), [GET, GET, GET, GET])).toEqual([0.1, 0.1, 0.2, 0.2]);
  });

  it("takes as long for a list as its bytes take", () => {
    const hub = hubWith(1);
    const list: Asked = { verb: "list", kind: "Pod", user: SOMEBODY, list: { resourceVersion: 0 } };
    expect(answered(hub, [list])).toEqual([0.1]);
    for (const name of ["a", "b", "c", "d"]) hub.create(pod(name));
    const [first, second] = answered(hub, [list, list]);
    // Four pods of some 400 bytes: a second for each thousand.
    expect(first).toBeGreaterThan(1.2);
    expect(first).toBeLessThan(3);
    expect(second! / first!).toBeCloseTo(2, 1);
  });

  it("sends people away without their waiting for a core", () => {
    const hub = hubWith(1, { enablePriorityAndFairness: false, maxRequestsInFlight: 2 });
    const [, second, third, fourth] = answered(hub, [GET, GET, GET, GET]);
    expect(second).toBe(0.2);
    expect([third, fourth]).toEqual([0, 0]);
  });

  it("is never short of them when nobody says how many there are", () => {
    const hub = new Hub({ settings: { cpu: { ...cpu(0), perRequest: microseconds(1e9) } } });
    expect(answered(hub, [GET, GET])).toEqual([0, 0]);
  });
});
