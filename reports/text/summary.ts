/**
 * What a run found, for a person at a terminal of 80 columns: the verdict, the promises, what happened, how busy the hub was.
 * Colours only where the caller says that they are seen.
 */
import Table from "cli-table3";
import pc from "picocolors";
import type { RunRecord } from "../../engine/experiment/record/record.ts";

const WIDTH = 78;

/** Text of several lines, without a final line break. */
export function summaryText(record: RunRecord, colour: boolean): string {
  const paint = pc.createColors(colour);
  const parts = [
    headline(record, paint),
    promises(record, paint),
    story(record, paint),
    metrics(record, paint),
    hub(record, paint),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

export type Paint = ReturnType<typeof pc.createColors>;

function headline(record: RunRecord, paint: Paint): string {
  const colours = {
    passed: paint.green,
    violated: paint.red,
    "not-converged": paint.red,
    "out-of-budget": paint.yellow,
    interrupted: paint.yellow,
  };
  const verdict = colours[record.outcome](paint.bold(record.outcome.toUpperCase()));
  const facts = [
    `seed ${record.seed}`,
    `Kubernetes ${record.kubernetes}`,
    `${thousands(record.nodes)} nodes`,
    `${clock(record.endedAt)} of virtual time`,
  ];
  return [`${paint.bold(record.scenario)}  ${verdict}`, ...wrap(record.reason), paint.dim(facts.join(" · "))].join(
    "\n",
  );
}

function promises(record: RunRecord, paint: Paint): string {
  if (record.promises.length === 0) return "";
  const lines = record.promises.map((promise) => {
    const mark = {
      kept: paint.green("✓"),
      broken: paint.red("✗"),
      "not-reached": paint.yellow("–"),
      "not-judged": paint.yellow("?"),
    };
    const [first = "", ...rest] = wrap(promise.said, WIDTH - 4);
    const head = `  ${mark[promise.verdict]} ${paint.bold(promise.name)}${promise.violations > 1 ? ` (${promise.violations} times)` : ""}`;
    return [head, `    ${first}`, ...rest.map((line) => `    ${line}`)].join("\n");
  });
  return [heading("Promises", paint), ...lines].join("\n");
}

function story(record: RunRecord, paint: Paint): string {
  const { counts } = record;
  const unknown = record.nodeRows.filter((node) => node.unknowns > 0).length;
  const rows: [string, string][] = [
    ["lease renewals", thousands(counts.leaseRenewals)],
    ["API requests", thousands(counts.requests)],
    ["writes committed", thousands(counts.commits)],
    ["pods created", thousands(counts.podsCreated)],
    ["pods evicted", thousands(counts.podsEvicted)],
    ["nodes that went Unknown", thousands(unknown)],
  ];
  const width = Math.max(...rows.map(([, value]) => value.length));
  return [
    heading("What happened", paint),
    ...rows.map(([label, value]) => `  ${value.padStart(width)}  ${label}`),
  ].join("\n");
}

function metrics(record: RunRecord, paint: Paint): string {
  const shown = record.metrics.filter(({ metric }) => metric.endsWith("_seconds"));
  if (shown.length === 0) return "";
  const table = plainTable(["seconds", "count", "p50", "p99", "max"]);
  for (const { metric, count, p50, p99, max } of shown)
    table.push([metric.replace(/_seconds$/, ""), thousands(count), figure(p50), figure(p99), figure(max)]);
  return [heading("Measured after the warm-up", paint), table.toString()].join("\n");
}

function hub(record: RunRecord, paint: Paint): string {
  const busiest = [...record.requestRows].sort((a, b) => b.count - a.count).slice(0, 5);
  if (busiest.length === 0) return "";
  const table = plainTable(["busiest requests", "code", "count", "p50 ms", "p99 ms"]);
  for (const { verb, kind, subresource, code, count, p50Us, p99Us } of busiest) {
    const what = `${verb} ${kind}${subresource === "" ? "" : `/${subresource}`}`;
    table.push([what, String(code), thousands(count), figure((p50Us ?? 0) / 1_000), figure((p99Us ?? 0) / 1_000)]);
  }
  return [heading("At the hub", paint), table.toString()].join("\n");
}

export const heading = (text: string, paint: Paint): string => paint.underline(text);

/** A table without lines: the first column to the left, figures to the right. */
export function plainTable(head: readonly string[]) {
  const empty = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
  };
  const inner = { left: " ", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "" };
  return new Table({
    head: [...head],
    chars: { ...empty, ...inner },
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
    colAligns: head.map((_, column) => (column === 0 ? "left" : "right")),
  });
}

/** The value with three significant figures at least. */
export function figure(value: number): string {
  if (value === 0) return "0";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

/** `1,234,567`. */
export const thousands = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

/** Virtual time as people say it: `1h40m`, `40m`, `90s`. */
export function clock(microseconds: number): string {
  const total = Math.round(microseconds / 1_000_000);
  const [h, m, s] = [Math.floor(total / 3_600), Math.floor((total % 3_600) / 60), total % 60];
  const parts = [h > 0 ? `${h}h` : "", m > 0 ? `${m}m` : "", s > 0 || total === 0 ? `${s}s` : ""];
  return parts.join("");
}

/** Breaks a text at blanks into lines of at most `width`. */
export function wrap(text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  if (line !== "") lines.push(line);
  return lines;
}
