/**
 * Pod templates as a Deployment tells them apart: two are the same when they say the same, whatever the order of their fields and without
 * the label `pod-template-hash`, which is the hash itself and made from the rest.
 *
 * Upstream hashes a deep printout of Go structures (`ComputeHash` in `pkg/controller/controller_utils.go`), which nothing outside Go can
 * repeat; ours hashes canonical JSON. So names look alike (`web-6d4f8b9c7`) and are as stable, but are not those that a real cluster would give.
 */
import type { PodTemplate } from "../../api/kinds/pod.ts";
import type { Labels } from "../../api/object.ts";
import { fnv1a } from "../../base/hash.ts";

export const POD_TEMPLATE_HASH = "pod-template-hash";

/** Equal in meaning, the hash label aside (`EqualIgnoreHash`). */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  if (a === b) return true;
  if (a.spec !== b.spec && canonical(a.spec) !== canonical(b.spec)) return false;
  return canonicalMetadata(a) === canonicalMetadata(b);
}

/** 32 bits of the template, and of the number of collisions met so far, in letters that spell no words. */
export function templateHash(template: PodTemplate, collisionCount: number | undefined): string {
  const hash = fnv1a(canonicalMetadata(template), fnv1a(canonical(template.spec)));
  return safeEncode(String(collisionCount === undefined ? hash : fnv1a(littleEndian(collisionCount), hash)));
}

/** The template without its hash: as the Deployment had it. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const labels = template.metadata?.labels;
  if (labels?.[POD_TEMPLATE_HASH] === undefined) return template;
  const { [POD_TEMPLATE_HASH]: _, ...others } = labels;
  return { ...template, metadata: { ...template.metadata, labels: others } };
}

export const withHash = (labels: Labels | undefined, hash: string): Labels => ({
  ...labels,
  [POD_TEMPLATE_HASH]: hash,
});

/** apimachinery `rand.SafeEncodeString`: no vowels, nor digits that look like them. */
function safeEncode(text: string): string {
  let encoded = "";
  for (let i = 0; i < text.length; i++) encoded += ALPHABET[text.charCodeAt(i) % ALPHABET.length];
  return encoded;
}
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** The eight bytes that upstream appends to what is hashed. */
const littleEndian = (count: number): string =>
  String.fromCharCode(count & 255, (count >>> 8) & 255, (count >>> 16) & 255, (count >>> 24) & 255, 0, 0, 0, 0);

const canonicalMetadata = (template: PodTemplate): string =>
  canonical({ labels: {}, annotations: {}, ...withoutHash(template).metadata });

/** JSON with the fields of every object in order, and without those that are undefined. Remembered by object: specs are shared and never change. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const known = KNOWN.get(value);
  if (known !== undefined) return known;
  const text = Array.isArray(value) ? `[${value.map(canonical).join()}]` : `{${fields(value).join()}}`;
  KNOWN.set(value, text);
  return text;
}

const fields = (value: object): string[] =>
  Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);

const KNOWN = new WeakMap<object, string>();
