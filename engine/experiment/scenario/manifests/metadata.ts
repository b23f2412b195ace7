/** `metadata` of the objects that people write: names, labels, annotations. What only the server writes is left out, as apply does. */
import { dropped, type Field, type Fields, harmless, labels, map, refused, texts } from "./field.ts";

/** A DNS-1123 subdomain, as almost every object is named. */
const name: Field = {
  is: "text",
  form: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  formMeans: "a name of lower-case letters, digits, `-` and `.`",
};

const fields: Fields = {
  name,
  generateName: refused("give the object a `name`; `kubectl apply` needs one too"),
  namespace: name,
  labels,
  annotations: texts,
  finalizers: refused("remove it; nothing would ever take the finalizer away"),
  ownerReferences: refused("remove it; the server gives objects their uids"),
  uid: refused("remove it; the server gives objects their uids"),
  resourceVersion: refused("remove it; it belongs to another cluster"),
  creationTimestamp: dropped,
  generation: dropped,
  managedFields: dropped,
  selfLink: dropped,
};

export const metadata: Field = map(fields, ["name"]);
/** Objects that have no namespace. */
export const clusterMetadata: Field = map({ ...fields, namespace: refused("remove it; this kind has no namespace") }, [
  "name",
]);
/** Of a pod template: only labels and annotations count. */
export const templateMetadata: Field = map({
  labels,
  annotations: texts,
  creationTimestamp: dropped,
  name: harmless,
  namespace: harmless,
});
