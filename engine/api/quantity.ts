/** Resource quantities (`500m`, `32Gi`, `1e3`) as apimachinery `resource.Quantity` reads them. Readings are remembered by text. */
import { assert } from "../base/assert.ts";

const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const FORM = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;
const KNOWN = new Map<string, number>();

/** The value in units (cores, bytes, pieces); undefined when the text is no quantity. */
export function parseQuantity(text: string): number | undefined {
  const known = KNOWN.get(text);
  if (known !== undefined) return known;
  const match = FORM.exec(text);
  if (!match) return undefined;
  const value = match[2] ? Number(match[1]! + match[2]) : Number(match[1]) * SUFFIX[match[3] ?? ""]!;
  KNOWN.set(text, value);
  return value;
}

/** Whole thousandths, rounded up, as the scheduler counts cpu (`MilliValue`). */
export const milliValue = (text: string): number => Math.ceil(known(text) * 1000 - 1e-9);

/** Whole units, rounded up (`Value`). */
export const wholeValue = (text: string): number => Math.ceil(known(text) - 1e-12);

function known(text: string): number {
  const value = parseQuantity(text);
  assert(value !== undefined, `"${text}" was checked to be a quantity`);
  return value;
}
