/**
 * `authorization.k8s.io/v1 SubjectAccessReview`: a question, may this user do that? POST brings it back with the answer in its status; nothing is stored.
 */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface SubjectAccessReview extends KubeObject {
  readonly kind: "SubjectAccessReview";
  readonly spec: {
    readonly user: string;
    readonly groups: readonly string[];
    readonly resourceAttributes: {
      readonly verb: string;
      readonly group?: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
  readonly status?: { readonly allowed: boolean; readonly reason?: string };
}

export const subjectAccessReview = kind<SubjectAccessReview>({
  kind: "SubjectAccessReview",
  apiVersion: "authorization.k8s.io/v1",
  plural: "subjectaccessreviews",
  namespaced: false,
  virtual: true,
  hasStatus: false,
  unconditionalUpdate: true,
});
