/** What an authorizer is asked: may this user do this to that? (`authorizer.Attributes`), and the words of a refusal. */
import { ApiError } from "../../api/error.ts";
import { KINDS } from "../../api/kinds/registry.ts";
import { splitKey } from "../../api/object.ts";
import type { ApiRequest, FieldSelector, User } from "../../api/wire.ts";

export interface Attributes {
  readonly user: User;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** "": none. */
  readonly subresource: string;
  /** "": of all namespaces, or of what has none. */
  readonly namespace: string;
  /** "": of no object in particular. */
  readonly name: string;
  readonly fieldSelector?: FieldSelector | undefined;
}

/** The API group of a kind: what stands before the slash. */
export const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
};

/** The question that a request asks. A list or watch of one name is about that name (apiserver `request/requestinfo.go`). */
export function attributesOf(user: User, { verb, kind, key, subresource, list, watch }: ApiRequest): Attributes {
  const { plural, apiVersion } = KINDS[kind];
  const options = list ?? watch;
  const { namespace, name } =
    verb === "list" || verb === "watch" ? { namespace: options?.namespace, name: "" } : splitKey(key);
  // What is to be created is posted to all of its kind; its name is not part of the question.
  const asked = verb === "create" && subresource === undefined ? "" : name;
  const fieldSelector = options?.fieldSelector;
  return {
    user,
    verb,
    group: groupOf(apiVersion),
    resource: plural,
    subresource: subresource ?? "",
    namespace: namespace ?? "",
    name: fieldSelector?.field === "metadata.name" ? fieldSelector.value : asked,
    fieldSelector,
  };
}

/** 403 as apiserver `endpoints/handlers/responsewriters/errors.go` words it; `reason` is what the authorizers had to say. */
export function forbiddenTo({ user, verb, group, resource, subresource, namespace, name }: Attributes, reason: string) {
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const why = `User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const which = name === "" ? qualified : `${qualified} "${name}"`;
  return new ApiError(403, "Forbidden", `${which} is forbidden: ${why}${reason === "" ? "" : `: ${reason}`}`, {
    kind: resource,
    name,
  });
}
