/**
 * How values are written in a scenario: durations, fractions, quantities, calendar times, versions. Each reader gives the value, or what is
 * wrong with the text and what would do.
 */
import { parseQuantity } from "../../api/quantity.ts";
import { type Duration, formatDuration, parseDuration } from "../../base/units.ts";
import { describeValue } from "./suggestion.ts";

/** A value that was read, or why it could not be. */
export type Reading<T> = { readonly value: T } | { readonly message: string; readonly suggestion?: string };

export const isRead = <T>(reading: Reading<T>): reading is { readonly value: T } => "value" in reading;

const refused = (message: string, suggestion?: string): Reading<never> =>
  suggestion === undefined ? { message } : { message, suggestion };

/** `10m`, `1h30m`, `250ms`. Never negative. */
export function readDuration(input: unknown): Reading<Duration> {
  if (input === 0) return { value: 0 as Duration };
  const found = `found ${describeValue(input)}, expected a duration`;
  if (typeof input === "number")
    return input < 0
      ? refused(`${found} that is not negative`)
      : refused(found, `add a unit: \`${input}s\` or \`${input}m\``);
  if (typeof input !== "string") return refused(found, "for example `90s`, `10m`, `1h30m`");
  const text = input.trim();
  const value = parseDuration(text);
  if (value !== undefined) return { value };
  if (/^-/.test(text)) return refused(`${found} that is not negative`);
  return refused(found, meantDuration(text));
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(microseconds?|usecs?|us|µs)$/, "us"],
  [/^(milliseconds?|millis|msecs?|ms)$/, "ms"],
  [/^(seconds?|secs?|s)$/, "s"],
  [/^(minutes?|mins?|m)$/, "m"],
  [/^(hours?|hrs?|h)$/, "h"],
];

function meantDuration(text: string): string {
  const parts: string[] = [];
  const rest = text.toLowerCase().replace(/\band\b|,/g, " ");
  for (const [, amount, word] of rest.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµ]*)/g)) {
    const day = /^(d|days?)$/.test(word!);
    const unit = day ? "h" : WORDS.find(([form]) => form.test(word!))?.[1];
    if (unit === undefined) return "for example `90s`, `10m`, `1h30m`";
    parts.push(`${day ? Number(amount) * 24 : amount}${unit}`);
  }
  const meant = parts.join("");
  return parseDuration(meant) === undefined ? "for example `90s`, `10m`, `1h30m`" : `write \`${meant}\``;
}

/** `0.25` or `25%`: from 0 to 1. */
export function readFraction(input: unknown): Reading<number> {
  const percent = typeof input === "string" ? /^(\d+(?:\.\d+)?)\s*%$/.exec(input.trim()) : null;
  const value = percent ? Number(percent[1]) / 100 : input;
  const found = `found ${describeValue(input)}, expected a share from 0 to 1, or from 0% to 100%`;
  if (typeof value !== "number" || Number.isNaN(value)) return refused(found, "for example `0.25` or `25%`");
  if (value >= 0 && value <= 1) return { value };
  return !percent && value > 1 && value <= 100 ? refused(found, `write \`${value}%\``) : refused(found);
}

/** `8`, `500m`, `32Gi`: text that `parseQuantity` reads, not negative. Plain numbers become text. */
export function readQuantity(input: unknown): Reading<string> {
  const text = typeof input === "number" ? String(input) : input;
  const found = `found ${describeValue(input)}, expected a quantity`;
  if (typeof text !== "string") return refused(found, "for example `500m`, `2`, `32Gi`");
  const value = parseQuantity(text);
  if (value !== undefined) return value < 0 ? refused(`${found} that is not negative`) : { value: text };
  const meant = /^(\d+(?:\.\d+)?)\s*([kmgtp])i?b?$/i.exec(text);
  if (!meant) return refused(found, "for example `500m`, `2`, `32Gi`");
  const letter = meant[2]!.toUpperCase();
  return refused(found, `write \`${meant[1]}${letter}i\``);
}

/** A whole number, or a word. */
export function readSeed(input: unknown): Reading<number | string> {
  if ((typeof input === "number" && Number.isInteger(input)) || (typeof input === "string" && input !== ""))
    return { value: input };
  return refused(`found ${describeValue(input)}, expected a seed`, "a whole number, or any text in quotes");
}

/** `1.36`, quoted, because the number 1.30 would read as 1.3. */
export function readVersion(input: unknown): Reading<string> {
  if (typeof input === "number")
    return refused(`found the number ${input}, expected a version as text`, `write it in quotes: \`"${input}"\``);
  if (typeof input !== "string")
    return refused(`found ${describeValue(input)}, expected a version`, 'for example `"1.36"`');
  const match = /^v?(\d+\.\d+)(?:\.\d+)?$/.exec(input);
  return match
    ? { value: match[1]! }
    : refused(`found ${describeValue(input)}, expected a version`, 'for example `"1.36"`');
}

/** `2026-01-01T00:00:00Z` (or with an offset, or a date alone) as milliseconds since 1970, by Gregorian arithmetic. */
export function readCalendar(input: unknown): Reading<number> {
  const form = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:Z|([+-])(\d\d):(\d\d)))?$/;
  const match = typeof input === "string" ? form.exec(input) : null;
  const bad = () => refused(`found ${describeValue(input)}, expected a time`, "for example `2026-01-01T00:00:00Z`");
  if (!match) return bad();
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  const leap = (year! % 4 === 0 && year! % 100 !== 0) || year! % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month! - 1];
  if (days === undefined || day! < 1 || day! > days || hour! > 23 || minute! > 59 || second! > 59) return bad();
  const offset = (match[7] === "-" ? -1 : 1) * (Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0));
  return {
    value: (daysFromCivil(year!, month!, day!) * 86_400 + hour! * 3_600 + (minute! - offset) * 60 + second!) * 1_000,
  };
}

/** Days since 1970-01-01. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** A bound as a person wrote it, for messages. */
export const sayDuration = (duration: Duration): string => formatDuration(duration).replace(/(?<=[hm])0[sm](0s)?$/, "");
