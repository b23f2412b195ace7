/** `--set path=value`: changes one value of a scenario before it is checked. */
import type { Path } from "./problem.ts";
import { type Problems, parseYamlValue, type Source } from "./source.ts";

/** Applies the overrides in order. What is wrong with the text itself is told; what is wrong with the value, the schema will tell. */
export function applyOverrides(source: Source, overrides: readonly string[], problems: Problems): void {
  for (const text of overrides) {
    const wrong = applyOverride(source, text);
    if (wrong) problems.file(`--set ${text}`, ...wrong);
  }
}

/** What is wrong and what would do, or undefined when the value is set. */
type Refusal = [message: string, suggestion?: string] | undefined;

function applyOverride(source: Source, text: string): Refusal {
  const parts = splitOverride(text);
  if (!parts) return ["is not of the form path=value", "for example `--set spec.duration=20m`"];
  const path = parsePath(parts.path);
  if (!path) return [`\`${parts.path}\` is not a path`, "for example `spec.cluster.nodePools[0].count`"];
  const value = parseYamlValue(parts.value);
  if (!value) return ["its value is not YAML", "quote it: `--set 'path=\"…\"'`"];
  const obstacle = obstacleTo(source, path);
  if (!obstacle) source.override(path, text, isVersion(path) ? parts.value.replace(/^"(.*)"$/, "$1") : value.value);
  return obstacle;
}

/** A version is text though it looks like a number, and a shell takes the quotes away. */
const isVersion = (path: Path): boolean => path.at(-1) === "version";

/** The text before and after the equal sign; undefined when there is none, or nothing before it. */
export function splitOverride(text: string): { readonly path: string; readonly value: string } | undefined {
  const equal = equalSign(text);
  return equal < 1 ? undefined : { path: text.slice(0, equal), value: text.slice(equal + 1) };
}

/** The first `=` outside of brackets. */
function equalSign(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "[") depth++;
    else if (text[i] === "]") depth--;
    else if (text[i] === "=" && depth === 0) return i;
  }
  return -1;
}

/** `spec.nodePools[0].labels["a.b/c"]`; undefined for what is no path. */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = [];
  let rest = text;
  while (rest !== "") {
    const match = /^(?:\[(\d+)\]|\["([^"]*)"\]|(\.?)([\w-]+))/.exec(rest);
    if (!match || (match[4] !== undefined && (match[3] === "") !== (path.length === 0))) return undefined;
    if (match[1] !== undefined) path.push(Number(match[1]));
    else path.push(match[2] ?? match[4]!);
    rest = rest.slice(match[0].length);
  }
  return path.length === 0 ? undefined : path;
}

/** Why nothing can be set at the path: a list without that place, or a value where a map or a list would have to be. */
function obstacleTo(source: Source, path: Path): Refusal {
  for (const [depth, part] of path.entries()) {
    const before = path.slice(0, depth);
    const where = depth === 0 ? "the document" : `\`${said(before)}\``;
    const form = source.formAt(before);
    if (form === "value") return [`${where} is a single value; nothing can be set inside it`];
    if (form === "nothing") {
      if (typeof part === "number") return [`there is no list at ${where}`, "set the whole list: `path=[…]`"];
      return undefined;
    }
    if (form === "map") {
      if (typeof part === "number") return [`${where} is a map`, "name a field of it"];
    } else if (typeof part !== "number") return [`${where} is a list`, `say which item: \`${said(before)}[0]\``];
    else if (part >= form.items)
      return [`${where} has ${form.items} item${form.items === 1 ? "" : "s"}, counted from 0`];
  }
  return undefined;
}

const said = (path: Path): string =>
  path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
