import { describe, expect, it } from "vitest";
import type { Secret } from "../../engine/api/kinds/secret.ts";
import { newMeta } from "../../engine/api/object.ts";
import { hours, type Instant, seconds } from "../../engine/base/units.ts";
import { timeLeft } from "../../engine/control/controllers/token-cleaner.ts";
import { Random } from "../../engine/kernel/random.ts";
import { refreshDue } from "../../engine/node/api-access.ts";

const at = (n: number): Instant => seconds(n) as number as Instant;
const dues = (life: number): number[] =>
  Array.from({ length: 200 }, (_, i) => refreshDue(at(0), at(life), life, new Random(1).keyed(`pod-${i}`)) / 1_000_000);

describe("a pod's token", () => {
  it("is due when four fifths of its life are over, up to nine whole seconds earlier", () => {
    const seen = dues(3_607);
    expect(Math.max(...seen)).toBe(3_607 - 721);
    expect(Math.min(...seen)).toBe(3_607 - 721 - 9);
    expect(seen.every(Number.isInteger)).toBe(true);
  });

  it("is due after a day at the latest", () => {
    const seen = dues(7 * 86_400);
    expect(Math.max(...seen)).toBe(86_400);
    expect(Math.min(...seen)).toBe(86_400 - 9);
  });
});

describe("a bootstrap token", () => {
  const secret = (more: Partial<Secret>, namespace = "kube-system"): Secret => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: newMeta({ name: "x", namespace }),
    type: "bootstrap.kubernetes.io/token",
    data: { expiration: String(hours(24)) },
    ...more,
  });

  it("is deleted when it has run out, and nothing else is", () => {
    expect(timeLeft(secret({}), hours(23) as number as Instant)).toBe(hours(1));
    expect(timeLeft(secret({}), hours(25) as number as Instant)).toBe(0);
    expect(timeLeft(secret({ type: "Opaque" }), at(0))).toBeUndefined();
    expect(timeLeft(secret({}, "default"), at(0))).toBeUndefined();
    expect(timeLeft(secret({ data: {} }), at(0))).toBeUndefined();
  });
});
