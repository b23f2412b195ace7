/**
 * Nothing is created in a namespace that is not there or is going, and the namespaces of the system stay. Behaviour of apiserver
 * `pkg/admission/plugin/namespace/lifecycle`. Left out: the 50 ms it waits for its cache before it asks etcd.
 */
import { forbidden, notFound } from "../../api/error.ts";
import type { Namespace } from "../../api/kinds/namespace.ts";
import { kindOf } from "../storage/strategy.ts";
import { type Admission, LookUp } from "./admission.ts";

const IMMORTAL: readonly string[] = ["default", "kube-system", "kube-public"];

export const namespaceLifecycle: Admission = {
  name: "NamespaceLifecycle",
  admit({ operation, kind, object }, view) {
    const { name, namespace } = object.metadata;
    if (operation === "delete" && kind === "Namespace" && IMMORTAL.includes(name))
      return forbidden("namespaces", name, "this namespace may not be deleted");
    if (operation !== "create" || namespace === undefined) return object;
    const found = view.find("Namespace", namespace);
    if (found instanceof LookUp) return found;
    if (found === undefined) return notFound("namespaces", namespace);
    const { metadata, status } = found as Namespace;
    if (metadata.deletionTimestamp === undefined && status?.phase !== "Terminating") return object;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    return forbidden(kindOf(kind).plural, name, why, "NamespaceTerminating");
  },
};
