import { describe, expect, it } from "vitest";
import { EtcdWrites } from "../../engine/experiment/record/etcd-writes.ts";
import { Metrics } from "../../engine/experiment/record/metrics.ts";
import type { RequestRateRow } from "../../engine/experiment/record/record.ts";
import { RequestRate } from "../../engine/experiment/record/request-rate.ts";
import { imagesOfSize } from "../../engine/node/node-images.ts";
import { pod } from "../hub/objects.ts";

describe("the rate of requests", () => {
  it("is a row and a sample for each second, of those without any only a sample", () => {
    const metrics = new Metrics();
    const rows: RequestRateRow[] = [];
    const rate = new RequestRate(metrics, (row) => rows.push(row));
    rate.answered(100_000, "list", 200);
    rate.answered(900_000, "update", 409);
    rate.answered(999_999, "get", 500);
    rate.answered(3_000_000, "list", 429);
    rate.answered(4_000_000, "get", 200);
    expect(rows).toEqual([
      { time: 0, requests: 3, reads: 1, lists: 1, writes: 1, refused: 1 },
      { time: 3_000_000, requests: 1, reads: 0, lists: 1, writes: 0, refused: 1 },
    ]);
    expect(metrics.read("apiserver_requests_per_second", "count")).toBe(4);
    expect(metrics.read("apiserver_requests_per_second", "max")).toBe(3);
    expect(metrics.read("apiserver_list_requests_per_second", "sum")).toBe(2);
  });
});

describe("what is written into etcd", () => {
  it("is weighed as JSON, and counts from the warm-up on", () => {
    const writes = new EtcdWrites();
    writes.written("Pod", pod("before"));
    writes.reset(60_000_000);
    const bytes = writes.written("Pod", pod("a"));
    for (let i = 0; i < 99; i++) writes.written("Pod", pod("b"));
    expect(bytes).toBe(
      JSON.stringify({
        ...pod("a"),
        metadata: { ...pod("a").metadata, creationTimestamp: "1970-01-01T00:00:00Z", resourceVersion: "0" },
      }).length,
    );
    expect(writes.rows(120_000_000)).toEqual([
      {
        kind: "Pod",
        writes: 100,
        bytes: 100 * bytes,
        bytesPerWrite: bytes,
        writesPerMinute: 100,
        bytesPerMinute: 100 * bytes,
      },
    ]);
  });
});

describe("images that fill a Node", () => {
  it.each([1_000, 15_000, 30_001])("add %i bytes to its JSON", (bytes) => {
    const images = imagesOfSize(bytes);
    expect(images.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify({ a: 1, images }).length - JSON.stringify({ a: 1 }).length).toBe(bytes);
    expect(imagesOfSize(bytes)).toBe(images);
  });

  it("are none where there is no room for one", () => {
    expect(imagesOfSize(50)).toEqual([]);
    expect(imagesOfSize(-5)).toEqual([]);
  });
});
