/**
 * `--vary path=a,b,c`: the values that a campaign tries for one place of the scenario, each as `--set` would write it. Several of them make
 * every combination, the first one changing slowest. A value cannot hold a comma.
 */
import { parsePath, splitOverride } from "../scenario/override.ts";

export interface Axis {
  /** As written: `spec.cluster.nodePools[0].count`. */
  readonly path: string;
  readonly values: readonly string[];
}

/** One combination. A campaign that varies nothing has one variation without values. */
export interface Variation {
  /** In the order of the axes. */
  readonly values: readonly string[];
  /** `path=value` of each. */
  readonly overrides: readonly string[];
}

/** More combinations than this are a slip of the pen: each is read and checked before anything runs. */
const MOST_VARIATIONS = 10_000;

/** The axes, or everything that is wrong with them: sentences that begin with the text they are about. */
export function parseAxes(
  texts: readonly string[],
): { readonly axes: readonly Axis[] } | { readonly problems: readonly string[] } {
  const axes: Axis[] = [];
  const problems: string[] = [];
  for (const text of texts) {
    const axis = parseAxis(text);
    if (typeof axis === "string") problems.push(`--vary ${text}: ${axis}`);
    else if (axes.some(({ path }) => path === axis.path)) problems.push(`--vary ${text}: this path is varied twice`);
    else axes.push(axis);
  }
  const combinations = axes.reduce((product, { values }) => product * values.length, 1);
  if (combinations > MOST_VARIATIONS)
    problems.push(`--vary: ${combinations} combinations are more than ${MOST_VARIATIONS}`);
  return problems.length > 0 ? { problems } : { axes };
}

/** Every combination of one value of each axis. */
export function variationsOf(axes: readonly Axis[]): readonly Variation[] {
  let variations: readonly Variation[] = [{ values: [], overrides: [] }];
  for (const { path, values } of axes)
    variations = variations.flatMap((variation) =>
      values.map((value) => ({
        values: [...variation.values, value],
        overrides: [...variation.overrides, `${path}=${value}`],
      })),
    );
  return variations;
}

/** The axis, or what is wrong with its text. */
function parseAxis(text: string): Axis | string {
  const parts = splitOverride(text);
  if (!parts) return "is not of the form path=a,b,c; for example `--vary spec.cluster.nodePools[0].count=3,30,300`";
  const { path, value } = parts;
  if (!parsePath(path)) return `\`${path}\` is not a path; for example \`spec.cluster.nodePools[0].count\``;
  const values = value.split(",").map((each) => each.trim());
  if (values.includes("")) return "one of the values is empty; write `null` for none";
  const torn = values.find((each) => /^[[{]/.test(each) !== /[\]}]$/.test(each));
  if (torn !== undefined) return `\`${torn}\` is a piece of a list or map: a value of --vary cannot hold a comma`;
  const twice = values.find((each, i) => values.indexOf(each) < i);
  return twice === undefined ? { path, values } : `the value ${twice} is named twice`;
}
