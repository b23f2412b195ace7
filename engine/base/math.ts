/**
 * Transcendental functions from +, -, *, / alone, so that their last bit does not depend on the JavaScript engine's version
 * (the language leaves `Math.log` and its kin to the implementation). Relative error below 1e-15 where not said otherwise.
 */
import { assert } from "./assert.ts";

// biome-ignore lint/suspicious/noApproximativeNumericConstant: the point is to not depend on the engine's constants
const LN2 = 0.6931471805599453;
const FLOAT = new Float64Array(1);
const WORDS = new Uint32Array(FLOAT.buffer);

/** Natural logarithm of a positive finite number: ln(m·2^e) = e·ln 2 + 2·atanh((m-1)/(m+1)) with m near 1. */
export function ln(x: number): number {
  assert(x > 0 && x < Number.POSITIVE_INFINITY, "a logarithm is taken of a positive finite number");
  FLOAT[0] = x < 2.2250738585072014e-308 ? x * 18014398509481984 : x;
  let exponent = (WORDS[1]! >>> 20) - 1023 - (x < 2.2250738585072014e-308 ? 54 : 0);
  WORDS[1] = (WORDS[1]! & 0x000fffff) | 0x3ff00000;
  let mantissa = FLOAT[0]!;
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: see above
  if (mantissa > 1.4142135623730951) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let series = 0;
  for (let k = 21; k >= 1; k -= 2) series = series * z + 1 / k;
  return exponent * LN2 + 2 * s * series;
}

/** e to the power x, for results within the range of a double. */
export function exp(x: number): number {
  if (x < -745) return 0;
  assert(x < 709.78, "the result of exp fits a double");
  const exponent = Math.round(x / LN2);
  const r = x - exponent * 0.6931471803691238 - exponent * 1.9082149292705877e-10;
  let series = 1;
  for (let k = 18; k >= 1; k--) series = 1 + (r * series) / k;
  return series * 2 ** Math.floor(exponent / 2) * 2 ** Math.ceil(exponent / 2);
}

/** base to a real power; base positive. Relative error grows with |power·ln(base)|, below 1e-13 for results under 1e100. */
export const power = (base: number, exponent: number): number => exp(exponent * ln(base));
