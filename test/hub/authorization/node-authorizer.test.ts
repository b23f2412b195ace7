import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { Attributes } from "../../../engine/hub/authorization/attributes.ts";
import { nodeObjection } from "../../../engine/hub/authorization/node-authorizer.ts";
import { pod } from "../objects.ts";

const USER = { name: "system:node:n1", groups: ["system:nodes"] };
const web = pod("web", {
  spec: {
    nodeName: "n1",
    serviceAccountName: "builder",
    containers: [{ name: "app", env: [{ valueFrom: { configMapKeyRef: { name: "of-env" } } }] }],
    volumes: [
      { name: "a", secret: { secretName: "of-volume" } },
      { name: "b", projected: { sources: [{ configMap: { name: "kube-root-ca.crt" } }] } },
    ],
    imagePullSecrets: [{ name: "of-registry" }],
  },
} as never) as Pod;
const podsOf = (node: string): readonly Pod[] => (node === "n1" ? [web] : []);

/** `get secrets default/name`, `create serviceaccounts/token default/builder`: what n1 hears. */
function objection(text: string, more: Partial<Attributes> = {}, node = "n1"): string | undefined {
  const [verb = "", what = "", which = ""] = text.split(" ");
  const [resource = "", subresource = ""] = what.split("/");
  const slash = which.indexOf("/");
  const group = resource === "leases" ? "coordination.k8s.io" : "";
  const named = { namespace: which.slice(0, Math.max(slash, 0)), name: which.slice(slash + 1) };
  return nodeObjection(node, { user: USER, verb, group, resource, subresource, ...named, ...more }, podsOf);
}

describe("a kubelet", () => {
  it.each([
    ["create nodes n1"],
    ["patch nodes/status n1"],
    ["get nodes n1"],
    ["list nodes n1"],
    ["get pods default/web"],
    ["patch pods/status default/web"],
    ["delete pods default/web"],
    ["create pods/eviction default/web"],
    ["get secrets default/of-volume"],
    ["get secrets default/of-registry"],
    ["watch configmaps default/kube-root-ca.crt"],
    ["get configmaps default/of-env"],
    ["create serviceaccounts/token default/builder"],
    ["update leases kube-node-lease/n1"],
    ["create leases kube-node-lease/n1"],
    ["create events default/x"],
    ["list services"],
  ])("may %s", (text) => expect(objection(text)).toBeUndefined());

  it.each([
    ["get nodes n2", "node 'n1' cannot read 'n2', only its own Node object"],
    ["list nodes", "node 'n1' cannot read all nodes, only its own Node object"],
    ["delete nodes n1", ""],
    ["get nodes/proxy n1", ""],
    ["list pods", "can only list/watch pods with spec.nodeName field selector"],
    ["get pods default/other", "no relationship found between node 'n1' and this object"],
    ["get pods/status default/web", ""],
    ["update pods default/web", ""],
    ["get secrets default/other", "no relationship found between node 'n1' and this object"],
    ["get secrets kube-system/of-volume", "no relationship found between node 'n1' and this object"],
    ["list secrets default/", "No Object name found"],
    ["list secrets", "can only read namespaced object of this type"],
    ["update secrets default/of-volume", "can only read resources of this type"],
    ["get configmaps default/other", "no relationship found between node 'n1' and this object"],
    ["create serviceaccounts/token default/other", "no relationship found between node 'n1' and this object"],
    ["get serviceaccounts default/builder", "can only create tokens for individual service accounts"],
    ["list leases kube-node-lease/", "can only get, create, update, patch, or delete a node lease"],
    ["update leases kube-node-lease/n2", "can only access node lease with the same name as the requesting node"],
    ["update leases kube-system/n1", 'can only access leases in the "kube-node-lease" system namespace'],
    ["get deployments default/web", ""],
  ])("may not %s", (text, why) => expect(objection(text)).toBe(why));

  it("may list the pods of its own node, and of no other", () => {
    const fieldSelector = { field: "spec.nodeName", value: "n1" };
    expect(objection("list pods", { fieldSelector })).toBeUndefined();
    expect(objection("watch pods", { fieldSelector })).toBeUndefined();
    expect(objection("list pods", { fieldSelector: { ...fieldSelector, value: "n2" } })).not.toBeUndefined();
  });

  it("sees what the pods of its own node name, and nothing that others' pods name", () => {
    expect(objection("get secrets default/of-volume", {}, "n2")).toMatch("no relationship");
    expect(objection("create serviceaccounts/token default/builder", {}, "n2")).toMatch("no relationship");
  });
});
