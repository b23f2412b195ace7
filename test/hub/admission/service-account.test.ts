import { describe, expect, it } from "vitest";
import type { ApiError } from "../../../engine/api/error.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { ServiceAccount } from "../../../engine/api/kinds/service-account.ts";
import { type KubeObject, keyOf, newMeta } from "../../../engine/api/object.ts";
import { type AdmissionView, LookUp } from "../../../engine/hub/admission/admission.ts";
import { API_ACCESS_PATH, serviceAccount } from "../../../engine/hub/admission/service-account.ts";
import { Principal } from "../../../engine/hub/authentication/principal.ts";
import { pod } from "../objects.ts";
import { SETTINGS } from "../stage.ts";

const account = (name = "default", more: Partial<ServiceAccount> = {}): ServiceAccount => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: newMeta({ name, namespace: "default" }),
  ...more,
});
const user = new Principal({ name: "alice", groups: [] });

function admitted(object: Pod, stored: readonly KubeObject[] = [account()], cached = true) {
  const view: AdmissionView = {
    settings: { ...SETTINGS, serviceAccountAdmission: true },
    may: () => true,
    all: () => [],
    find: (kind, key) => (cached ? stored.find((each) => keyOf(each) === key) : new LookUp(kind, key)),
  };
  return serviceAccount.admit({ operation: "create", kind: "Pod", object, user }, view);
}
const spec = (object: Pod, stored?: readonly KubeObject[]) => (admitted(object, stored) as Pod).spec;
const refusal = (object: Pod, stored?: readonly KubeObject[]) => (admitted(object, stored) as ApiError).message;

describe("the service account of a new pod", () => {
  it("is `default` unless it says otherwise, and must be there", () => {
    expect(spec(pod("web")).serviceAccountName).toBe("default");
    expect(spec(pod("web", { spec: { serviceAccountName: "x" } }), [account("x")]).serviceAccountName).toBe("x");
    expect(refusal(pod("web"), [])).toBe(
      'pods "web" is forbidden: error looking up service account default/default: serviceaccount "default" not found',
    );
    expect(admitted(pod("web"), [], false)).toEqual(new LookUp("ServiceAccount", "default/default"));
  });

  it("comes with a volume that each container finds where it looks for it", () => {
    const { volumes, containers } = spec(pod("web"));
    expect(volumes?.map(({ name }) => name)).toEqual([expect.stringMatching(/^kube-api-access-[a-z0-9]{5}$/)]);
    const sources = volumes?.[0]?.projected?.sources ?? [];
    expect(sources[0]?.serviceAccountToken).toEqual({ expirationSeconds: 3_607, path: "token" });
    expect(sources[1]?.configMap?.name).toBe("kube-root-ca.crt");
    expect(containers[0]?.volumeMounts).toEqual([
      { name: volumes?.[0]?.name, readOnly: true, mountPath: API_ACCESS_PATH },
    ]);
  });

  it("comes without one when pod or account do not want it; the pod's word counts first", () => {
    const no = [account("default", { automountServiceAccountToken: false })];
    expect(spec(pod("web"), no).volumes).toBeUndefined();
    expect(spec(pod("web", { spec: { automountServiceAccountToken: true } }), no).volumes?.length).toBe(1);
    expect(spec(pod("web", { spec: { automountServiceAccountToken: false } })).volumes).toBeUndefined();
  });

  it("leaves alone what a container has mounted there itself", () => {
    const own = { name: "own", mountPath: API_ACCESS_PATH };
    const made = spec(pod("web", { spec: { containers: [{ name: "app", volumeMounts: [own] }] } }));
    expect(made.containers[0]?.volumeMounts).toEqual([own]);
    expect(made.volumes).toBeUndefined();
  });

  it("is none for a mirror pod, which may name neither accounts nor secrets", () => {
    const mirror = (more: object = {}): Pod => {
      const made = pod("static", { spec: more } as never);
      return { ...made, metadata: { ...made.metadata, annotations: { "kubernetes.io/config.mirror": "x" } } };
    };
    expect(spec(mirror()).serviceAccountName).toBeUndefined();
    expect(refusal(mirror({ serviceAccountName: "x" }))).toMatch("a mirror pod may not reference service accounts");
    expect(refusal(mirror({ volumes: [{ name: "s", secret: { secretName: "s" } }] }))).toMatch(
      "may not reference secrets",
    );
  });
});
