/**
 * Time as the whole engine counts it: whole microseconds in a plain number, exact for 285 years.
 * `Instant` counts from the start of the run; `Duration` is a difference. Text forms are Go's (`250ms`, `1h30m`).
 */
import { assert } from "./assert.ts";

declare const instantBrand: unique symbol;
declare const durationBrand: unique symbol;

/** Microseconds since the start of the run. May be negative for what was made before it. */
export type Instant = number & { readonly [instantBrand]: true };
/** A length of time in whole microseconds. */
export type Duration = number & { readonly [durationBrand]: true };

export const microseconds = (n: number): Duration => Math.round(n) as Duration;
export const milliseconds = (n: number): Duration => Math.round(n * 1_000) as Duration;
export const seconds = (n: number): Duration => Math.round(n * 1_000_000) as Duration;
export const minutes = (n: number): Duration => Math.round(n * 60_000_000) as Duration;
export const hours = (n: number): Duration => Math.round(n * 3_600_000_000) as Duration;

export const START = 0 as Instant;
export const FOREVER = Number.MAX_SAFE_INTEGER as Duration;
export const NEVER = Number.MAX_SAFE_INTEGER as Instant;

export const after = (instant: Instant, duration: Duration): Instant => (instant + duration) as Instant;
export const between = (from: Instant, to: Instant): Duration => (to - from) as Duration;
/** The instant with its fraction of a second cut off, as `metav1.Time` stores it. */
export const wholeSecond = (instant: Instant): Instant => (Math.floor(instant / 1_000_000) * 1_000_000) as Instant;
export const inSeconds = (duration: number): number => duration / 1_000_000;

const UNIT_MICROSECONDS: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};
const GO_DURATION = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

/** Reads a duration as Go writes it (`1h30m`, `250ms`, `0`); undefined when the text is no such thing. */
export function parseDuration(text: string): Duration | undefined {
  if (text === "0") return 0 as Duration;
  if (!GO_DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * UNIT_MICROSECONDS[unit!]!;
  return Math.round(total) as Duration;
}

/** Writes a duration as Go does: `1h30m0s`, `40s`, `250ms`, `1.5s`. */
export function formatDuration(duration: Duration): string {
  assert(Number.isFinite(duration), "a duration is a finite number");
  if (duration < 0) return `-${formatDuration(-duration as Duration)}`;
  if (duration === 0) return "0s";
  if (duration < 1_000) return `${duration}µs`;
  if (duration < 1_000_000) return `${duration / 1_000}ms`;
  const wholeHours = Math.floor(duration / 3_600_000_000);
  const wholeMinutes = Math.floor((duration % 3_600_000_000) / 60_000_000);
  const rest = (duration % 60_000_000) / 1_000_000;
  if (wholeHours > 0) return `${wholeHours}h${wholeMinutes}m${rest}s`;
  return wholeMinutes > 0 ? `${wholeMinutes}m${rest}s` : `${rest}s`;
}

/** Writes an instant as seconds with six decimals, the form of every `*_s` column: `12.345678`. */
export function formatSeconds(instant: number): string {
  const whole = Math.floor(Math.abs(instant) / 1_000_000);
  const micros = Math.abs(instant) % 1_000_000;
  return `${instant < 0 ? "-" : ""}${whole}.${String(micros).padStart(6, "0")}`;
}
