/**
 * What is wrong with what a person gave us: where, what was found, and what would do. All problems are gathered before any is shown.
 */
export interface Problem {
  /** As the person named it; `--set …` for an override. */
  readonly file: string;
  /** From 1; 0 when the problem is the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** `spec.timeline[2].at`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What would do. */
  readonly suggestion?: string;
}

/** A step from a value into what it holds. */
export type Path = readonly (string | number)[];

/** `spec.timeline[2].at`; keys that are not plain words are quoted: `labels["app.kubernetes.io/name"]`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

const WIDTH = 80;

/** The problems as a compiler would print them, in the order of file and line, wrapped at 80 columns where words allow. */
export function formatProblems(problems: readonly Problem[]): string {
  return inOrder(problems)
    .map((problem) => `${formatProblem(problem)}\n`)
    .join("");
}

/** By file in the order in which files came up, then by line and column. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set(problems.map((problem) => problem.file))];
  return [...problems].sort(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}

function formatProblem({ file, line, column, path, message, suggestion }: Problem): string {
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  const head = wrap(`${path === "" ? "" : `${path}: `}${message}`, "    ");
  const first = `${place}  ${head.trimStart()}`;
  const lines = first.split("\n")[0]!.length <= WIDTH ? first : `${place}\n${head}`;
  return suggestion === undefined ? lines : `${lines}\n${wrap(suggestion, "      ", "    → ")}`;
}

function wrap(text: string, indent: string, firstIndent = indent): string {
  const lines: string[] = [];
  let line = firstIndent;
  for (const word of text.split(" ")) {
    if (line.trimEnd().length > indent.length - 1 && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  lines.push(line.trimEnd());
  return lines.join("\n");
}
