/**
 * The edge between objects and Kubernetes JSON: times become RFC 3339 text, resourceVersion becomes text, what is empty is left out.
 * Times are known by their field names, which mean the same in every kind.
 */
import type { Instant } from "../base/units.ts";
import type { KubeObject } from "./object.ts";

/** Whole seconds on the wire (`metav1.Time`). */
const TIME_FIELDS: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "deletionTimestamp",
  "lastTransitionTime",
  "lastHeartbeatTime",
  "lastUpdateTime",
  "startTime",
  "startedAt",
  "finishedAt",
  "timeAdded",
  "firstTimestamp",
  "lastTimestamp",
]);
/** Microseconds on the wire (`metav1.MicroTime`). */
const MICRO_TIME_FIELDS: ReadonlySet<string> = new Set(["acquireTime", "renewTime", "eventTime"]);

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The object as the API prints it. `epochMs` is the calendar time of instant 0 in milliseconds since 1970. */
export function toJson(object: KubeObject, epochMs: number): Json {
  return convert(object, "", epochMs);
}

function convert(value: unknown, field: string, epochMs: number): Json {
  if (typeof value === "number") {
    if (TIME_FIELDS.has(field)) return formatTime(value as Instant, epochMs);
    if (MICRO_TIME_FIELDS.has(field)) return formatMicroTime(value as Instant, epochMs);
    return field === "resourceVersion" ? String(value) : value;
  }
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => convert(item, "", epochMs));
  const fields = Object.entries(value as object).filter(([, item]) => item !== undefined);
  return Object.fromEntries(fields.map(([key, item]) => [key, convert(item, key, epochMs)]));
}

/** `2026-01-01T00:00:40Z`. */
export const formatTime = (instant: Instant, epochMs: number): string =>
  `${calendar(epochMs, Math.floor(instant / 1_000_000))}Z`;

/** `2026-01-01T00:00:40.250000Z`. */
export function formatMicroTime(instant: Instant, epochMs: number): string {
  const whole = Math.floor(instant / 1_000_000);
  const micros = instant - whole * 1_000_000;
  return `${calendar(epochMs, whole)}.${String(micros).padStart(6, "0")}Z`;
}

/** `YYYY-MM-DDTHH:MM:SS` by Gregorian arithmetic (days-from-civil), since the engine has no calendar of the machine's. */
function calendar(epochMs: number, offsetSeconds: number): string {
  const total = Math.floor(epochMs / 1000) + offsetSeconds;
  const days = Math.floor(total / 86_400);
  const rest = total - days * 86_400;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = [Math.floor(rest / 3_600), Math.floor((rest % 3_600) / 60), rest % 60].map(two).join(":");
  return `${year}-${two(month)}-${two(day)}T${clock}`;
}
