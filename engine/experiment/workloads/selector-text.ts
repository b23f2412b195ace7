/** Label selectors as kubectl's `-l` takes them: `app=web,tier in (a,b),!old`. */
import type { LabelRequirement, LabelSelector } from "../../api/label.ts";
import { Misuse } from "./words.ts";

/** Throws a `Misuse` for what is no selector. */
export function readSelector(text: string): LabelSelector {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: LabelRequirement[] = [];
  for (const part of text.split(/,(?![^(]*\))/).map((piece) => piece.trim())) {
    const equal = /^([\w./-]+)\s*(==?|!=)\s*([\w.-]*)$/.exec(part);
    const among = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
    const there = /^(!?)\s*([\w./-]+)$/.exec(part);
    if (equal && equal[2] !== "!=") matchLabels[equal[1]!] = equal[3]!;
    else if (equal) matchExpressions.push({ key: equal[1]!, operator: "NotIn", values: [equal[3]!] });
    else if (among)
      matchExpressions.push({
        key: among[1]!,
        operator: among[2] === "in" ? "In" : "NotIn",
        values: among[3]!.split(",").map((value) => value.trim()),
      });
    else if (there) matchExpressions.push({ key: there[2]!, operator: there[1] ? "DoesNotExist" : "Exists" });
    else throw new Misuse(`found "${part}", expected a label selector`, "for example `app=web`");
  }
  return { matchLabels, matchExpressions };
}
