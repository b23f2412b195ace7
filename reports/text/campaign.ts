/**
 * What a campaign found, for a person at a terminal of 80 columns: how many runs ended how, which promises broke in which share of them, and
 * how each measure spreads over the runs. Intervals are of 95 % confidence.
 */
import pc from "picocolors";
import type { CampaignRecord, SeedOutcome, VariationRecord } from "../../engine/experiment/explore/campaign-record.ts";
import type { Share, Spread } from "../../engine/experiment/explore/statistics.ts";
import { figure, heading, type Paint, plainTable, thousands, wrap } from "./summary.ts";

/** Rows of one part before the reader is sent to the file. */
const MOST_ROWS = 16;
/** Measures shown with all their percentiles. */
const MOST_MEASURES = 8;

/** Text of several lines, without a final line break. `worst` is what the campaign is called after. */
export function campaignText(record: CampaignRecord, worst: SeedOutcome, colour: boolean): string {
  const paint = pc.createColors(colour);
  const parts = [
    headline(record, worst, paint),
    variations(record, paint),
    promises(record, paint),
    measures(record, paint),
    metrics(record, paint),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function headline(record: CampaignRecord, worst: SeedOutcome, paint: Paint): string {
  const called = record.interrupted && worst === "passed" ? "interrupted" : worst;
  const colour =
    called === "passed" ? paint.green : /^(interrupted|out-of-budget)$/.test(called) ? paint.yellow : paint.red;
  const verdict = colour(paint.bold(called.toUpperCase()));
  const ended = Object.entries(record.outcomes).filter(([, count]) => count > 0);
  const runs = ended.reduce((sum, [, count]) => sum + count, 0);
  const counts = ended.map(([outcome, count]) => `${thousands(count)} ${outcome}`).join(", ");
  const facts = [
    ...(record.seeds === "" ? [] : [`seeds ${record.seeds}`]),
    ...(record.varied.length > 0 ? [`${thousands(record.variations.length)} variations`] : []),
    `Kubernetes ${record.kubernetes}`,
  ];
  return [
    `${paint.bold(record.scenario)}  ${verdict}`,
    record.interrupted
      ? `interrupted after ${thousands(runs)} of ${thousands(record.planned)} runs${counts === "" ? "" : `: ${counts}`}`
      : `${thousands(runs)} ${runs === 1 ? "run" : "runs"}: ${counts}`,
    ...violated(record),
    ...wrap(facts.join(" · ")).map(paint.dim),
  ].join("\n");
}

/** The share of violated runs; campaigns that vary something have a table of them. */
function violated({ varied, variations }: CampaignRecord): readonly string[] {
  const share = variations[0]?.violated;
  if (varied.length > 0 || share?.share === undefined) return [];
  return [`violated: ${percent(share.share)} of the runs (95 % confidence: ${range(share)})`];
}

function variations(record: CampaignRecord, paint: Paint): string {
  if (record.varied.length === 0) return "";
  const table = plainTable(["variation", "runs", "passed", "violated", "share", "95 %"]);
  for (const variation of record.variations.slice(0, MOST_ROWS)) {
    const { violated, outcomes } = variation;
    const row = [thousands(violated.of), thousands(outcomes.passed), thousands(violated.count)];
    table.push([wrap(label(record, variation), 33).join("\n"), ...row, percent(violated.share), range(violated)]);
  }
  return [
    heading("Violated runs by variation", paint),
    table.toString(),
    ...more(record.variations.length - MOST_ROWS, "runs.csv"),
  ].join("\n");
}

function promises(record: CampaignRecord, paint: Paint): string {
  const rows = record.variations.flatMap((variation) =>
    variation.promises.map((promise) => ({ ...promise, label: label(record, variation) })),
  );
  const broken = rows.filter((row) => row.broken.count > 0);
  const unreached = rows.filter(({ kind, kept, notReached }) => kind === "sometimes" && kept === 0 && notReached > 0);
  const parts: string[] = [];
  if (broken.length > 0) {
    const table = plainTable(["promise", "broken", "of", "share", "95 %"]);
    for (const { name, broken: share, label: where } of broken.slice(0, MOST_ROWS)) {
      const what = wrap(where === "" ? name : `${name} · ${where}`, 44).join("\n");
      table.push([what, thousands(share.count), thousands(share.of), percent(share.share), range(share)]);
    }
    parts.push(heading("Promises broken", paint), table.toString(), ...more(broken.length - MOST_ROWS, "promises.csv"));
  }
  for (const { name, label: where } of unreached.slice(0, MOST_ROWS))
    parts.push(
      ...wrap(`never reached in any run: ${name}${where === "" ? "" : ` · ${where}`}`, 76).map((line) => `  ${line}`),
    );
  return parts.join("\n");
}

function measures(record: CampaignRecord, paint: Paint): string {
  const all = record.variations.flatMap((variation) =>
    variation.measures.map(({ name, spread }) => ({ name, spread, label: label(record, variation) })),
  );
  if (all.length === 0) return "";
  const blocks = all.slice(0, MOST_MEASURES).map(({ name, spread, label: where }) => {
    const [head, ...rest] = wrap(where === "" ? name : `${name} · ${where}`, 76);
    return [`  ${paint.bold(head!)}`, ...rest.map((line) => `    ${line}`), ...spreadLines(spread)].join("\n");
  });
  return [
    heading("Measured, one figure a run (below: 95 % confidence)", paint),
    ...blocks,
    ...more(all.length - MOST_MEASURES, "percentiles.csv"),
  ].join("\n");
}

function spreadLines({ runs, mean, min, max, percentiles }: Spread): readonly string[] {
  const columns = percentiles.map(({ percent: at, value, low, high }) => {
    const bound = (side: number | undefined) => (side === undefined ? "?" : neat(side));
    const cells = [`p${at}`, neat(value), `${bound(low)}–${bound(high)}`];
    const width = Math.max(...cells.map((cell) => cell.length));
    return cells.map((cell) => cell.padStart(width));
  });
  const line = (i: number) => `    ${columns.map((column) => column[i]).join("  ")}`;
  const range = `${thousands(runs)} ${runs === 1 ? "run" : "runs"}, ${neat(min)} to ${neat(max)}, mean ${figure(mean)}`;
  return [`    ${range}`, line(0), line(1), line(2)];
}

function metrics(record: CampaignRecord, paint: Paint): string {
  const [only, ...others] = record.variations;
  const shown = only?.metrics.filter(({ metric }) => metric.endsWith("_seconds")) ?? [];
  if (shown.length === 0 || others.length > 0) return "";
  const table = plainTable(["seconds", "count", "p1", "p50", "p99", "max"]);
  for (const { metric, count, p1, p50, p99, max } of shown)
    table.push([metric.replace(/_seconds$/, ""), thousands(count), ...[p1, p50, p99, max].map(figure)]);
  return [heading("All samples of all runs", paint), table.toString()].join("\n");
}

/** `count=3, rate=0.1`: the varied values by the last words of their paths, as many as tell them apart. */
const label = ({ varied }: CampaignRecord, { values }: VariationRecord): string =>
  values.map((value, i) => `${shortName(varied[i]!, varied)}=${value}`).join(", ");

function shortName(path: string, all: readonly string[]): string {
  const words = path.split(".");
  for (let from = words.length - 1; from > 0; from--) {
    const end = `.${words.slice(from).join(".")}`;
    if (all.filter((other) => `.${other}`.endsWith(end)).length === 1) return end.slice(1);
  }
  return path;
}

/** Whole numbers without decimals. */
const neat = (value: number): string => (Number.isInteger(value) ? thousands(value) : figure(value));

const percent = (share: number | undefined): string => (share === undefined ? "" : `${figure(share * 100)} %`);

const range = ({ low, high }: Share): string =>
  low === undefined || high === undefined ? "" : `${figure(low * 100)}–${figure(high * 100)} %`;

const more = (count: number, file: string): readonly string[] =>
  count > 0 ? [`  … ${thousands(count)} more in ${file}`] : [];
