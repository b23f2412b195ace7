/** Figures as people read them: three digits and a unit. */

const TIMES: readonly (readonly [number, string])[] = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
  [1e-9, "ns"],
];
const SIZES: readonly (readonly [number, string])[] = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
  [1, "B"],
];
const COUNTS: readonly (readonly [number, string])[] = [
  [1e9, " G"],
  [1e6, " M"],
  [1e3, " k"],
  [1, ""],
];

export const formatTime = (seconds: number): string => scaled(seconds, TIMES, " ");
export const formatSize = (bytes: number): string => scaled(bytes, SIZES, " ");
export const formatCount = (count: number): string => scaled(count, COUNTS, "");

/** Three digits, without an exponent. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

function scaled(value: number, scales: readonly (readonly [number, string])[], gap: string): string {
  const [scale, unit] = scales.find(([each]) => Math.abs(value) >= each * 0.9995) ?? scales.at(-1)!;
  return `${digits(value / scale)}${gap}${unit}`;
}
