/** What a list or watch asks for, ready to be tested against objects: namespace, labels, one field. */
import { ApiError } from "../../api/error.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import { isEmptySelector, type LabelSelector, selects } from "../../api/label.ts";
import type { KubeObject } from "../../api/object.ts";
import type { ListOptions } from "../../api/wire.ts";
import { kindOf } from "./strategy.ts";

export interface FieldTest {
  readonly field: string;
  readonly value: string;
  readonly read: (object: KubeObject) => string;
}

export interface Selection {
  readonly namespace: string | undefined;
  readonly labels: LabelSelector | undefined;
  readonly field: FieldTest | undefined;
}

export const EVERYTHING: Selection = { namespace: undefined, labels: undefined, field: undefined };

/** The selection that the options mean; BadRequest for a field that the kind does not offer. */
export function selectionOf(kind: KindName, options: ListOptions): Selection | ApiError {
  const { namespace, labelSelector, fieldSelector } = options;
  const labels = labelSelector === undefined || isEmptySelector(labelSelector) ? undefined : labelSelector;
  if (fieldSelector === undefined) {
    if (namespace === undefined && labels === undefined) return EVERYTHING;
    return { namespace, labels, field: undefined };
  }
  const { field, value } = fieldSelector;
  const read = fieldReader(kind, field);
  if (!read) return new ApiError(400, "BadRequest", `field label not supported: ${field}`);
  return { namespace, labels, field: { field, value, read } };
}

const NAME = (object: KubeObject): string => object.metadata.name;
const NAMESPACE = (object: KubeObject): string => object.metadata.namespace ?? "";

function fieldReader(kind: KindName, field: string): FieldTest["read"] | undefined {
  if (field === "metadata.name") return NAME;
  if (field === "metadata.namespace") return NAMESPACE;
  return kindOf(kind).fields?.[field];
}

export function isSelected(selection: Selection, object: KubeObject): boolean {
  const { namespace, labels, field } = selection;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  if (field !== undefined && field.read(object) !== field.value) return false;
  return labels === undefined || selects(labels, object.metadata.labels);
}
