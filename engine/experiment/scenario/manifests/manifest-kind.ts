/** What is known about a kind that manifests may hold. */
import type { KindName } from "../../../api/kinds/registry.ts";
import type { Fields, Place } from "./field.ts";

export interface ManifestKind {
  readonly kind: KindName;
  readonly apiVersion: string;
  /** Fields beside apiVersion and kind. */
  readonly fields: Fields;
  readonly required: readonly string[];
  /** Tells what is wrong although each field is right by itself. Parts that were wrong are missing from `object`. */
  check?(object: Readonly<Record<string, unknown>>, place: Place): void;
}
