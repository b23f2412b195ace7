import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { KubeObject } from "../../../engine/api/object.ts";
import type { Toleration } from "../../../engine/api/taint.ts";
import type { Instant } from "../../../engine/base/units.ts";
import { type AdmissionView, type Attributes, LookUp } from "../../../engine/hub/admission/admission.ts";
import { admitted as admit } from "../../../engine/hub/admission/registry.ts";
import { Principal } from "../../../engine/hub/authentication/principal.ts";
import { namespace, node, pod } from "../objects.ts";
import { SETTINGS } from "../stage.ts";

const USER = new Principal({ name: "alice", groups: [] });
const admitted = (attributes: Omit<Attributes, "user">, view: AdmissionView) =>
  admit({ ...attributes, user: USER }, view);

const view = (...namespaces: KubeObject[]): AdmissionView => ({
  settings: SETTINGS,
  may: () => true,
  find: (_, key) => namespaces.find((each) => each.metadata.name === key),
  all: () => [],
});

const tolerationsOf = (tolerations: readonly Toleration[], operation: "create" | "update" = "create") =>
  (
    admitted(
      { operation, kind: "Pod", object: pod("web", { spec: { tolerations } }) },
      view(namespace("default")),
    ) as Pod
  ).spec.tolerations;

const NOT_READY = {
  key: "node.kubernetes.io/not-ready",
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
} as const;
const UNREACHABLE = { ...NOT_READY, key: "node.kubernetes.io/unreachable" } as const;

describe("admission of pods", () => {
  it("tolerates not-ready and unreachable for 300 s, in that order, after what the pod tolerates itself", () => {
    const own: Toleration = { key: "dedicated", operator: "Exists", effect: "NoSchedule" };
    expect(tolerationsOf([own])).toEqual([own, NOT_READY, UNREACHABLE]);
    expect(tolerationsOf([own], "update")).toEqual([own, NOT_READY, UNREACHABLE]);
  });

  it.each<[string, Toleration, boolean, boolean]>([
    ["one of that key and effect", { key: NOT_READY.key, operator: "Exists", effect: "NoExecute" }, false, true],
    ["one of that key and every effect", { key: NOT_READY.key, operator: "Exists" }, false, true],
    ["one of every key", { operator: "Exists", effect: "NoExecute" }, false, false],
    ["one of everything", { operator: "Exists" }, false, false],
    [
      "one of that key for another effect",
      { key: NOT_READY.key, operator: "Exists", effect: "NoSchedule" },
      true,
      true,
    ],
  ])("adds nothing beside %s", (_, own, notReady, unreachable) => {
    const expected = [own, ...(notReady ? [NOT_READY] : []), ...(unreachable ? [UNREACHABLE] : [])];
    expect(tolerationsOf([own])).toEqual(expected);
  });
});

describe("admission of nodes", () => {
  it("taints every new node as not ready, once", () => {
    const fresh = admitted({ operation: "create", kind: "Node", object: node("n") }, view());
    const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
    expect(fresh).toMatchObject({ spec: { taints: [taint] } });
    expect(admitted({ operation: "create", kind: "Node", object: fresh as KubeObject }, view())).toBe(fresh);
  });

  it("leaves a node alone when it is updated", () => {
    const known = node("n");
    expect(admitted({ operation: "update", kind: "Node", object: known }, view())).toBe(known);
  });
});

describe("admission by namespace", () => {
  const create = { operation: "create", kind: "Pod", object: pod("web") } as const;

  it("refuses what is created in a namespace that is not there", () => {
    expect(admitted(create, view())).toMatchObject({ code: 404, message: 'namespaces "default" not found' });
  });

  it("refuses what is created in one that is going, in a way that controllers recognise", () => {
    const going = namespace("default", { deletionTimestamp: 1 as Instant });
    expect(admitted(create, view(going))).toMatchObject({
      code: 403,
      reason: "Forbidden",
      details: { cause: "NamespaceTerminating" },
    });
  });

  it("asks etcd when the cache does not know the namespace", () => {
    const unsure: AdmissionView = {
      settings: SETTINGS,
      may: () => true,
      find: (kind, key) => new LookUp(kind, key),
      all: () => [],
    };
    expect(admitted(create, unsure)).toEqual(new LookUp("Namespace", "default"));
  });

  it("keeps the namespaces of the system", () => {
    for (const name of ["default", "kube-system", "kube-public"])
      expect(admitted({ operation: "delete", kind: "Namespace", object: namespace(name) }, view())).toMatchObject({
        code: 403,
      });
    const mine = namespace("mine");
    expect(admitted({ operation: "delete", kind: "Namespace", object: mine }, view())).toBe(mine);
  });
});
