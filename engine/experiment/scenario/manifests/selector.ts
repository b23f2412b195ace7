/** Label selectors in manifests. */
import { type LabelSelector, selects } from "../../../api/label.ts";
import type { Labels } from "../../../api/object.ts";
import { type Field, labels, list, map, oneOf, type Place, text } from "./field.ts";

export const selector: Field = map({
  matchLabels: labels,
  matchExpressions: list(
    map({ key: text, operator: oneOf("In", "NotIn", "Exists", "DoesNotExist"), values: list(text) }, [
      "key",
      "operator",
    ]),
  ),
});

/** A workload's selector must not be empty and must select its own template. */
export function checkSelector(
  selected: LabelSelector,
  ofTemplate: Labels | undefined,
  { problems, source, path }: Place,
): void {
  const spec = path.slice(0, -1);
  for (const [i, { operator, values }] of (selected.matchExpressions ?? []).entries()) {
    const wanted = operator === "In" || operator === "NotIn";
    if (wanted !== (values !== undefined && values.length > 0))
      problems.at(
        source,
        [...path, "matchExpressions", i],
        `the operator ${operator} ${wanted ? "needs" : "takes no"} \`values\``,
      );
  }
  if (!selected.matchLabels && !selected.matchExpressions?.length)
    problems.at(source, path, "selects nothing: it is empty", "for example `matchLabels: { app: web }`");
  else if (!selects(selected, ofTemplate))
    problems.at(
      source,
      [...spec, "template", "metadata", "labels"],
      "`selector` does not match the template's labels",
      "give the template every label of `selector`",
    );
}
