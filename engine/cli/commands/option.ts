/** Readers of option values, shared by the commands. */
import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../base/units.ts";

/** Gathers an option that may be repeated. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError("must be a number greater than 0");
  return number;
}

export function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError("must be a whole number from 1");
  return number;
}

/** Checks a duration as Go writes it, and hands its text on. */
export function duration(value: string): string {
  if (parseDuration(value) === undefined)
    throw new InvalidArgumentError("must be a duration such as 90s, 40m or 1h30m");
  return value;
}
