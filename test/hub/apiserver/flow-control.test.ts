import { describe, expect, it } from "vitest";
import { ApiError } from "../../../engine/api/error.ts";
import type { ApiResponse, User } from "../../../engine/api/wire.ts";
import { type Duration, milliseconds, seconds } from "../../../engine/base/units.ts";
import type { PriorityLevel } from "../../../engine/hub/fairness/priority-level.ts";
import { requestRejected, requestWaited } from "../../../engine/hub/happening.ts";
import type { ApiServerSettings } from "../../../engine/hub/settings.ts";
import { lease } from "../objects.ts";
import { type Asked, Hub, SETTINGS } from "../stage.ts";

const ELEPHANT: User = { name: "system:serviceaccount:shop:agent", groups: ["system:serviceaccounts"] };
const MOUSE: User = { name: "system:serviceaccount:shop:mouse", groups: ["system:serviceaccounts"] };
const NODE: User = { name: "system:node:n1", groups: ["system:nodes"] };
const ADMIN: User = { name: "admin", groups: ["system:masters"] };

/** Answers take a tenth of a second, and the server has a seat for each level. */
const slow: Partial<ApiServerSettings> = {
  processing: { minimum: milliseconds(100), median: milliseconds(100), sigma: 0 },
};
const oneSeat = (queuing: PriorityLevel["queuing"] | undefined): Partial<ApiServerSettings> => ({
  ...slow,
  maxRequestsInFlight: 1,
  maxMutatingRequestsInFlight: 1,
  flowControl: {
    schemas: SETTINGS.flowControl.schemas,
    levels: SETTINGS.flowControl.levels.map((level) => ({
      name: level.name,
      exempt: level.exempt,
      nominalConcurrencyShares: level.exempt ? 0 : 1,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      ...(queuing && !level.exempt && { queuing }),
    })),
  },
});

const get = (user: User): Asked => ({ verb: "get", kind: "Namespace", key: "default", user });
const codes = (answers: readonly { response: unknown }[]) =>
  answers.map(({ response }) => (response as ApiResponse | undefined)?.code);

function burst(hub: Hub, user: User, count: number) {
  return Array.from({ length: count }, () => hub.send(get(user)));
}

/** The server's first connection must be there before many use it at once. */
function ready(settings: Partial<ApiServerSettings>): Hub {
  const hub = new Hub({ settings });
  hub.ask(get(ADMIN));
  return hub;
}

describe("priority and fairness", () => {
  it("lets requests wait for seats that are taken, one after the other", () => {
    const hub = ready(oneSeat({ queues: 1, handSize: 1, queueLengthLimit: 50 }));
    const waited: Duration[] = [];
    hub.kernel.trace.on(requestWaited, ({ detail }) => waited.push(detail.waited));
    const answers = burst(hub, ELEPHANT, 5);
    hub.pass(milliseconds(250));
    expect(codes(answers).filter((code) => code === 200)).toHaveLength(2);
    hub.pass(seconds(1));
    expect(codes(answers)).toEqual([200, 200, 200, 200, 200]);
    expect(waited.map((each) => Math.round(each / 100_000))).toEqual([1, 2, 3, 4]);
  });

  it("sends away with 429 and Retry-After who finds the queue full", () => {
    const hub = ready(oneSeat({ queues: 1, handSize: 1, queueLengthLimit: 2 }));
    const reasons: string[] = [];
    hub.kernel.trace.on(requestRejected, ({ subject, detail }) => reasons.push(`${subject} ${detail.reason}`));
    const answers = burst(hub, ELEPHANT, 5);
    hub.pass(seconds(1));
    expect(codes(answers).sort()).toEqual([200, 200, 200, 429, 429]);
    expect(reasons).toEqual(["workload-low queue-full", "workload-low queue-full"]);
    const refused = answers.find(({ response }) => (response as ApiResponse).code === 429)!.response as ApiResponse;
    expect(refused.error).toEqual(
      new ApiError(429, "TooManyRequests", "Too many requests, please try again later.", {}, 1),
    );
  });

  it("sends away at once where there are no queues", () => {
    const hub = ready(oneSeat(undefined));
    const answers = burst(hub, ELEPHANT, 3);
    hub.pass(seconds(1));
    expect(codes(answers).sort()).toEqual([200, 429, 429]);
  });

  it("lets nobody wait longer than a quarter of his time", () => {
    const hub = ready(oneSeat({ queues: 1, handSize: 1, queueLengthLimit: 50 }));
    const reasons: string[] = [];
    hub.kernel.trace.on(requestRejected, ({ detail }) => reasons.push(detail.reason));
    const impatient = Array.from({ length: 6 }, () => hub.send({ ...get(ELEPHANT), timeout: seconds(1) }));
    hub.pass(seconds(2));
    expect(codes(impatient).sort()).toEqual([200, 200, 200, 429, 429, 429]);
    expect(reasons).toEqual(["time-out", "time-out", "time-out"]);
  });

  it("forgets who has given up waiting", () => {
    const hub = ready(oneSeat({ queues: 1, handSize: 1, queueLengthLimit: 50 }));
    const [first] = burst(hub, ELEPHANT, 1);
    hub.pass(milliseconds(10));
    const gone = hub.send(get(ELEPHANT), 0, milliseconds(20));
    const last = hub.send(get(ELEPHANT));
    hub.pass(milliseconds(250));
    expect(codes([first!, last])).toEqual([200, 200]);
    expect(gone.response).toMatchObject({ failure: "timeout" });
  });

  it("keeps the levels apart: heartbeats pass while another level is full", () => {
    const hub = ready(oneSeat({ queues: 64, handSize: 6, queueLengthLimit: 50 }));
    burst(hub, ELEPHANT, 200);
    hub.pass(milliseconds(10));
    const beat = hub.send({ verb: "create", kind: "Lease", object: lease("n1"), user: NODE });
    hub.pass(milliseconds(150));
    expect(codes([beat])).toEqual([201]);
  });

  it("keeps flows of one level apart", () => {
    const hub = ready(oneSeat({ queues: 64, handSize: 6, queueLengthLimit: 50 }));
    burst(hub, ELEPHANT, 200);
    hub.pass(milliseconds(10));
    const mouse = hub.send(get(MOUSE));
    hub.pass(seconds(1));
    expect(codes([mouse])).toEqual([200]);
  });

  it("exempts the system's masters", () => {
    const hub = ready(oneSeat(undefined));
    const answers = burst(hub, ADMIN, 20);
    hub.pass(milliseconds(150));
    expect(codes(answers)).toEqual(Array(20).fill(200));
  });

  it("takes the seats of a watch only until it is open", () => {
    const hub = ready(oneSeat(undefined));
    for (let i = 0; i < 5; i++) expect(hub.watch("Pod").status).toEqual({ code: 200 });
  });

  it("counts seats, limits and refusals under their names in Kubernetes", () => {
    const hub = ready(oneSeat({ queues: 1, handSize: 1, queueLengthLimit: 2 }));
    burst(hub, ELEPHANT, 5);
    hub.pass(milliseconds(50));
    const read = (metric: string) =>
      hub.servers[0]!.gauges.get(`apiserver_flowcontrol_${metric}{priority_level="workload-low"}`)!();
    expect(read("nominal_limit_seats")).toBe(1);
    expect(read("current_executing_seats")).toBe(1);
    expect(read("current_inqueue_requests")).toBe(2);
    expect(read("rejected_requests_total")).toBe(2);
    hub.pass(seconds(1));
    expect(read("dispatched_requests_total")).toBe(3);
    expect(read("current_inqueue_requests")).toBe(0);
  });
});

describe("the plain limits on requests in flight", () => {
  const plain = { ...slow, enablePriorityAndFairness: false, maxRequestsInFlight: 3, maxMutatingRequestsInFlight: 1 };

  it("count those that read and those that write apart, and know no flows", () => {
    const hub = ready(plain);
    const reads = burst(hub, ELEPHANT, 5);
    const mouse = hub.send(get(MOUSE));
    const writes = ["n1", "n2"].map((name) =>
      hub.send({ verb: "create", kind: "Lease", object: lease(name), user: NODE }),
    );
    hub.pass(seconds(1));
    expect(codes(reads).sort()).toEqual([200, 200, 200, 429, 429]);
    expect(codes([mouse])).toEqual([429]);
    expect(codes(writes).sort()).toEqual([201, 429]);
    expect(codes(burst(hub, ELEPHANT, 1))).toEqual([undefined]);
  });

  it("let the system's masters in, and watches", () => {
    const hub = ready(plain);
    burst(hub, ELEPHANT, 5);
    const masters = burst(hub, ADMIN, 3);
    expect(hub.watch("Pod").status).toEqual({ code: 200 });
    hub.pass(seconds(1));
    expect(codes(masters)).toEqual([200, 200, 200]);
  });

  it("are none when they are 0", () => {
    const hub = ready({ ...plain, maxRequestsInFlight: 0 });
    const reads = burst(hub, ELEPHANT, 50);
    hub.pass(seconds(1));
    expect(new Set(codes(reads))).toEqual(new Set([200]));
  });
});
