/**
 * YAML text with its places: every value can be found again by line and column. This is the only file that knows the `yaml` package.
 *
 * YAML 1.2 with merge keys. Kubernetes itself reads YAML 1.1, where `yes` and `on` are booleans; here they are text, and a field that wants
 * a boolean says so.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parse,
  parseAllDocuments,
} from "yaml";
import { formatPath, type Path, type Problem } from "./problem.ts";

/** Where file contents come from. The command line does the real reading. */
export interface SourceFiles {
  /** The bytes of a file, or undefined when there is none. Paths are as in the scenario, joined to its folder with `/`. */
  read(path: string): Uint8Array | undefined;
  /** Names of the files in a folder, to suggest from. */
  list?(folder: string): readonly string[];
}

/** Gathers problems of one reading. */
export class Problems {
  readonly all: Problem[] = [];

  get none(): boolean {
    return this.all.length === 0;
  }

  /** About the file as a whole. */
  file(file: string, message: string, suggestion?: string): void {
    this.all.push({ file, line: 0, column: 0, path: "", message, ...(suggestion !== undefined && { suggestion }) });
  }

  /** About a value, or, with `key`, about the name it stands under. */
  at(source: Source, path: Path, message: string, suggestion?: string, key = false): void {
    const place = source.place(path, key);
    this.all.push({
      ...place,
      path: formatPath(path),
      message,
      ...(suggestion !== undefined && { suggestion }),
    });
  }

  /** About a word inside a text of one line, so many characters into it. */
  inside(source: Source, path: Path, offset: number, message: string, suggestion?: string): void {
    const place = source.placeInside(path, offset);
    this.all.push({ ...place, path: formatPath(path), message, ...(suggestion !== undefined && { suggestion }) });
  }
}

const MAX_ALIASES = 1_000;
/** One YAML document of a file. */
export class Source {
  readonly file: string;
  readonly document: Document;
  private readonly lines: LineCounter;
  /** Paths that the command line has set, with the text that did it. */
  private readonly overridden: { readonly path: Path; readonly text: string }[] = [];

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.document = document;
    this.lines = lines;
  }

  /** The document as plain data. */
  value(): unknown {
    return this.document.toJS({ maxAliasCount: MAX_ALIASES });
  }

  /** Sets one value from outside; problems with it are reported as the override's. */
  override(path: Path, text: string, value: unknown): void {
    this.document.setIn(path, value);
    this.overridden.push({ path, text });
  }

  /** Where a value stands; the nearest enclosing one when it is not there itself. */
  place(path: Path, key = false): { readonly file: string; readonly line: number; readonly column: number } {
    const override = this.overridden.find(
      (other) => other.path.length <= path.length && other.path.every((part, i) => part === path[i]),
    );
    if (override) return { file: `--set ${override.text}`, line: 0, column: 0 };
    const offset = this.offset(path, key);
    if (offset === undefined) return { file: this.file, line: 1, column: 1 };
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line, column: col };
  }

  /** Where a character of a text stands; the text itself when it is not written on one line. */
  placeInside(path: Path, offset: number): { readonly file: string; readonly line: number; readonly column: number } {
    const place = this.place(path);
    const node = this.document.getIn(path, true);
    if (place.line === 0 || !isScalar(node) || !node.range) return place;
    const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
    const oneLine = this.lines.linePos(node.range[0]).line === this.lines.linePos(node.range[1]).line;
    if (!oneLine || (!quoted && node.type !== "PLAIN")) return place;
    return { ...place, column: place.column + offset + (quoted ? 1 : 0) };
  }

  /** What is there at a path: a map, a list and how long it is, a single value, or nothing. */
  formAt(path: Path): "map" | "value" | "nothing" | { readonly items: number } {
    const node = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    if (isSeq(node)) return { items: node.items.length };
    if (isMap(node)) return "map";
    return node === undefined || node === null ? "nothing" : "value";
  }

  private offset(path: Path, key: boolean): number | undefined {
    let node = this.document.contents as Node | null;
    let offset = node?.range?.[0];
    for (const [depth, part] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.document) ?? null;
      if (!isCollection(node)) break;
      const last = depth === path.length - 1;
      const pair = isMap(node) ? node.items.find((item) => keyText(item.key) === String(part)) : undefined;
      const next = (pair ? pair.value : node.get(part as number, true)) as Node | null | undefined;
      const keyOffset = (pair?.key as Node | undefined)?.range?.[0];
      const useKey = (last && key) || !next?.range || (isScalar(next) && next.value === null);
      offset = (useKey ? keyOffset : undefined) ?? next?.range?.[0] ?? keyOffset ?? offset;
      if (!next) break;
      node = next;
    }
    return offset;
  }
}

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);

/** Reads one YAML value, as an override writes it: `5` is a number, `[a, b]` a list. Undefined when it is no YAML. */
export function parseYamlValue(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parse(text) };
  } catch {
    return undefined;
  }
}

/** The YAML documents of a file, empty ones left out. What is not text or not YAML is a problem, and gives none. */
export function readYaml(files: SourceFiles, path: string, problems: Problems): readonly Source[] | undefined {
  const bytes = files.read(path);
  if (bytes === undefined) return undefined;
  const text = decodeText(bytes);
  if (text === undefined) {
    problems.file(
      path,
      `is not text: found binary data (${bytes.length} bytes)`,
      "a YAML file in UTF-8 is expected here",
    );
    return [];
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const found: Source[] = [];
  for (const document of documents as readonly Document[]) {
    const source = new Source(path, document, lines);
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      problems.all.push({ file: path, line, column: col, path: "", ...explain(error.code, error.message) });
    }
    if (document.errors.length > 0 || isNothing(document)) continue;
    const wrong = whyUnreadable(source);
    if (wrong === undefined) found.push(source);
    else problems.file(path, wrong);
  }
  return found;
}

const NESTED = "cannot be read: it is nested too deeply, or refers to itself";

/** What the parser finds out only when it makes data of the document: merges of what is no map, aliases without end. */
function whyUnreadable(source: Source): string | undefined {
  try {
    JSON.stringify(source.value());
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return /circular|call stack|alias count/i.test(message) ? NESTED : `is not YAML: ${lowerFirst(message)}`;
  }
}

const lowerFirst = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

function isNothing(document: Document): boolean {
  const { contents } = document;
  return contents === null || (isScalar(contents) && contents.value === null);
}

/** The parser's complaint, with a hint where we know the usual slip. */
function explain(code: string, message: string): { message: string; suggestion?: string } {
  if (/call stack/.test(message)) return { message: NESTED };
  const said = `is not YAML: ${lowerFirst(message)}`;
  switch (code) {
    case "TAB_AS_INDENT":
      return { message: said, suggestion: "indent with spaces" };
    case "DUPLICATE_KEY":
      return { message: "this field is written twice in one map", suggestion: "keep one of the two" };
    case "BAD_INDENT":
    case "MISSING_CHAR":
      return { message: said, suggestion: "check the indentation and the quotes of the lines above" };
    default:
      return { message: said };
  }
}

/** UTF-8 bytes as text; undefined for what is binary (a NUL or another control character, or bytes that are not UTF-8). */
export function decodeText(bytes: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
  return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text;
}
