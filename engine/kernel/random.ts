/**
 * Chance, by name. A stream is derived from (seed, name) alone, so a new consumer never shifts another's draws.
 *
 * `stream(name)` is seedrandom's xor128: for parts that draw in their own order. `keyed(name)` is counter-based: its n-th draw is a
 * function of (key, n), sixteen bytes of state, for the thousands of nodes and links whose draws may be asked for out of time order.
 * Keys come from seedrandom too. Neither is fit for secrets.
 */
import seedrandom from "seedrandom";
import { assert } from "../base/assert.ts";
import { fnv1a, mix32 } from "../base/hash.ts";
import { exp, ln, power } from "../base/math.ts";
import type { Duration } from "../base/units.ts";

const TWO_32 = 4_294_967_296;
/** Kubernetes' alphabet of generated names: no vowels, nothing easily misread (apimachinery `util/rand`). */
const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** Draws of one stream. Every duration that comes out is a whole number of microseconds. */
export abstract class Stream {
  /** 32 fresh bits, unsigned. */
  abstract bits(): number;

  /** Uniform in [0, 1), 53 bits. */
  unit(): number {
    return (this.bits() * 2_097_152 + (this.bits() >>> 11)) / 9_007_199_254_740_992;
  }

  /** Uniform whole number in [0, bound). */
  integer(bound: number): number {
    assert(bound > 0, "an integer is drawn below a positive bound");
    return Math.floor(this.unit() * bound);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of the items, each as likely as the others. */
  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }

  /** `count` different items in the order drawn (all, shuffled, when there are fewer). */
  sample<T>(items: readonly T[], count: number): T[] {
    const pool = [...items];
    const taken = Math.min(count, pool.length);
    for (let i = 0; i < taken; i++) {
      const j = i + this.integer(pool.length - i);
      [pool[i], pool[j]] = [pool[j]!, pool[i]!];
    }
    return pool.slice(0, taken);
  }

  /** Uniform in [from, to). */
  uniform(from: number, to: number): Duration {
    return Math.floor(from + this.unit() * (to - from)) as Duration;
  }

  exponential(mean: Duration): Duration {
    return Math.round(-mean * ln(1 - this.unit())) as Duration;
  }

  /** Normal, cut off at zero from below. */
  normal(mean: Duration, deviation: Duration): Duration {
    return Math.max(0, Math.round(mean + deviation * this.gaussian())) as Duration;
  }

  /** Lognormal with this median; sigma is the deviation of the logarithm. */
  lognormal(median: Duration, sigma: number): Duration {
    return Math.round(median * exp(sigma * this.gaussian())) as Duration;
  }

  pareto(minimum: Duration, shape: number): Duration {
    return Math.round(minimum * power(1 - this.unit(), -1 / shape)) as Duration;
  }

  /** client-go's jitter (`wait.Jitter`): uniform in [d, d·(1 + factor)). */
  jitter(duration: Duration, factor: number): Duration {
    return Math.floor(duration * (1 + this.unit() * factor)) as Duration;
  }

  /** Standard normal by Marsaglia's polar method; the second value of each pair is dropped so that draws stay countable. */
  private gaussian(): number {
    for (;;) {
      const x = 2 * this.unit() - 1;
      const y = 2 * this.unit() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * ln(square)) / square);
    }
  }

  /** The random end of a generated name, as in `web-x7k2p`. */
  nameSuffix(length = 5): string {
    let text = "";
    for (let i = 0; i < length; i++) text += NAME_ALPHABET[this.integer(NAME_ALPHABET.length)];
    return text;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const word = () => this.bits().toString(16).padStart(8, "0");
    const [a, b, c, d] = [word(), word(), word(), word()];
    const variant = "89ab"[Number.parseInt(c[0]!, 16) & 3]!;
    // Joined, not concatenated: a text made of nine pieces would keep them all, and there are hundreds of thousands.
    return [a, b.slice(0, 4), `4${b.slice(5)}`, variant + c.slice(1, 4), c.slice(4) + d].join("-");
  }
}

/** The root of all chance in a run. */
export class Random {
  private readonly seed: string;
  private readonly keyLow: number;
  private readonly keyHigh: number;

  constructor(seed: number | string) {
    this.seed = String(seed);
    const root = seedrandom.xor128(this.seed);
    this.keyLow = root.int32();
    this.keyHigh = root.int32();
  }

  /** A sequential stream. Asking twice for one name gives two streams with the same draws. */
  stream(name: string): Stream {
    return new SequentialStream(seedrandom.xor128(`${this.seed}/${name}`));
  }

  /** A counter-based stream: small, and its draws do not depend on the order of evaluation. */
  keyed(name: string): KeyedStream {
    const hash = fnv1a(name);
    return new KeyedStream(mix32(this.keyLow ^ hash), mix32(this.keyHigh + Math.imul(fnv1a(name, hash), 0x9e3779b1)));
  }
}

class SequentialStream extends Stream {
  private readonly generator: { int32(): number };

  constructor(generator: { int32(): number }) {
    super();
    this.generator = generator;
  }

  override bits(): number {
    return this.generator.int32() >>> 0;
  }
}

/** Counter-based draws: two murmur rounds over (key, counter). */
export class KeyedStream extends Stream {
  private readonly low: number;
  private readonly high: number;
  private counter = 0;

  constructor(low: number, high: number) {
    super();
    this.low = low;
    this.high = high;
  }

  override bits(): number {
    return this.bitsAt(this.counter++);
  }

  /** The draw number `n`, without moving the stream. */
  bitsAt(n: number): number {
    const counter = (n % TWO_32) | 0;
    return (
      mix32(mix32(counter ^ this.low) + Math.imul(this.high, 0x9e3779b1) + (Math.imul(counter, 0x85ebca6b) | 0)) >>> 0
    );
  }

  /** A draw in [0, 1) of 32 bits, one counter step: for the busiest callers. */
  quick(): number {
    return this.bitsAt(this.counter++) / TWO_32;
  }
}
