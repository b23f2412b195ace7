import { describe, expect, it } from "vitest";
import type { Credential } from "../../../engine/api/certificate.ts";
import { CertificateAuthority, PrivateKey } from "../../../engine/api/certificate.ts";
import type { ApiError } from "../../../engine/api/error.ts";
import type { ClusterRoleBinding } from "../../../engine/api/kinds/role-binding.ts";
import type { Secret } from "../../../engine/api/kinds/secret.ts";
import type { ServiceAccount } from "../../../engine/api/kinds/service-account.ts";
import { newMeta } from "../../../engine/api/object.ts";
import type { ServiceAccountToken, TokenRequest } from "../../../engine/api/token.ts";
import type { ApiResponse, Claim } from "../../../engine/api/wire.ts";
import { type Duration, hours, type Instant, minutes, seconds } from "../../../engine/base/units.ts";
import { createClient } from "../../../engine/client/client.ts";
import { fixedCredentials } from "../../../engine/client/credentials.ts";
import { storeCommitted } from "../../../engine/hub/happening.ts";
import { pod } from "../objects.ts";
import { Hub } from "../stage.ts";

const YEAR = hours(24 * 365);
const admin = (hub: Hub): Credential => hub.pki.client("kubernetes-admin", ["kubeadm:cluster-admins"]).identity()!;
const claim = (token?: Claim["token"]): Claim => ({ name: "who cares", groups: [], ...(token && { token }) });
const secure = (settings = {}): Hub => new Hub({ secure: true, settings });

const listNodes = (hub: Hub, user = claim()): ApiResponse =>
  hub.ask({ verb: "list", kind: "Node", user }) as ApiResponse;
const said = ({ code, error }: ApiResponse): string => `${code} ${error?.message ?? "OK"}`;

describe("a client certificate", () => {
  it("says who asks, whatever the request says of itself", () => {
    const hub = secure();
    hub.shows(admin(hub));
    expect(listNodes(hub).code).toBe(200);
    hub.shows(hub.pki.client("alice").identity());
    const user = { name: "kubernetes-admin", groups: ["system:masters", "kubeadm:cluster-admins"] };
    expect(said(listNodes(hub, user))).toBe(
      '403 nodes is forbidden: User "alice" cannot list resource "nodes" in API group "" at the cluster scope',
    );
  });

  it("is who the store remembers as the author of a write", () => {
    const hub = secure();
    const authors: string[] = [];
    hub.kernel.trace.on(storeCommitted, ({ detail }) => authors.push(detail.by));
    hub.shows(admin(hub));
    hub.ask({
      verb: "create",
      kind: "Pod",
      object: pod("web"),
      user: { name: "system:apiserver", groups: ["system:masters"] },
    });
    expect(authors.at(-1)).toBe("kubernetes-admin");
  });

  it("of an unknown authority, or without its key, is refused rather than taken for none", () => {
    const hub = secure();
    const key = new PrivateKey("k", 1);
    const stranger = new CertificateAuthority("kubernetes", new PrivateKey("ca", 2), YEAR as number as Instant);
    const { certificate } = admin(hub);
    hub.shows({
      certificate: stranger.issue({ ...certificate, keyId: key.id }, 0 as Instant, YEAR as number as Instant),
      key,
    });
    expect(said(listNodes(hub))).toBe("401 Unauthorized");
    hub.shows({ certificate, key });
    expect(said(listNodes(hub))).toBe("401 Unauthorized");
  });

  it("that runs out is refused on the connection that is open, by the server's own clock", () => {
    const hub = secure();
    const expires = (hub.kernel.now + seconds(60)) as Instant;
    hub.shows(hub.pki.node("n1", expires, YEAR));
    const own = {
      verb: "list",
      kind: "Node",
      list: { fieldSelector: { field: "metadata.name", value: "n1" } },
    } as const;
    expect(hub.ask({ ...own })).toMatchObject({ code: 200 });
    hub.pass(seconds(61));
    expect(said(hub.ask({ ...own }) as ApiResponse)).toBe("401 Unauthorized");
    const slow = secure();
    slow.world.host("master-0").clock.step(-minutes(10) as Duration);
    slow.shows(slow.pki.node("n1", (slow.kernel.now - seconds(60)) as Instant, YEAR));
    expect(slow.ask({ ...own })).toMatchObject({ code: 200 });
  });
});

describe("without a certificate", () => {
  it("one is anonymous, or refused where the server has it so", () => {
    expect(said(listNodes(secure()))).toBe(
      '403 nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect(said(listNodes(secure({ anonymousAuth: false })))).toBe("401 Unauthorized");
  });

  it("a watch is refused in the same words", () => {
    const hub = secure();
    expect(said(hub.watch("Pod", { namespace: "default" }).status!)).toBe(
      '403 pods is forbidden: User "system:anonymous" cannot watch resource "pods" in API group "" in the namespace "default"',
    );
  });

  it("of a subresource and a kind with a group it says so", () => {
    const hub = secure();
    const object = { apiVersion: "v1", kind: "Binding", metadata: newMeta({ name: "web", namespace: "default" }) };
    expect(
      said(
        hub.ask({
          verb: "create",
          kind: "Pod",
          key: "default/web",
          subresource: "binding",
          object,
          user: claim(),
        }) as ApiResponse,
      ),
    ).toBe(
      '403 pods "web" is forbidden: User "system:anonymous" cannot create resource "pods/binding" in API group "" in the namespace "default"',
    );
    expect(said(hub.ask({ verb: "get", kind: "Deployment", key: "default/web", user: claim() }) as ApiResponse)).toBe(
      '403 deployments.apps "web" is forbidden: User "system:anonymous" cannot get resource "deployments" in API group "apps" in the namespace "default"',
    );
  });
});

describe("a bootstrap token", () => {
  const secret = (data: Record<string, string> = {}, type = "bootstrap.kubernetes.io/token"): Secret => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: newMeta({ name: "bootstrap-token-abcdef", namespace: "kube-system" }),
    type,
    data: {
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-authentication": "true",
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token,system:masters",
      ...data,
    },
  });
  const getNode = (hub: Hub, token: string): string =>
    said(hub.ask({ verb: "get", kind: "Node", key: "n1", user: claim(token) }) as ApiResponse);
  function withSecret(object: Secret): Hub {
    const hub = secure();
    hub.shows(admin(hub));
    hub.create(object);
    hub.shows(undefined);
    return hub;
  }

  it("makes one a bootstrapper, and no more than that", () => {
    const hub = withSecret(secret());
    expect(getNode(hub, "abcdef.0123456789abcdef")).toBe('404 nodes "n1" not found');
    expect(said(listNodes(hub, claim("abcdef.0123456789abcdef")))).toMatch(
      '403 nodes is forbidden: User "system:bootstrap:abcdef"',
    );
  });

  it("is refused when wrong, unknown, malformed, out of time, or not meant for this", () => {
    const good = "abcdef.0123456789abcdef";
    const hub = withSecret(secret());
    for (const token of ["abcdef.0123456789abcdee", "abcdeg.0123456789abcdef", "abcdef", "Abcdef.0123456789abcdef"])
      expect(getNode(hub, token)).toBe("401 Unauthorized");
    expect(getNode(withSecret(secret({ expiration: String(seconds(1)) })), good)).toBe("401 Unauthorized");
    expect(getNode(withSecret(secret({ "usage-bootstrap-authentication": "false" })), good)).toBe("401 Unauthorized");
    expect(getNode(withSecret(secret({}, "Opaque")), good)).toBe("401 Unauthorized");
    expect(getNode(withSecret(secret({ "token-id": "other1" })), good)).toBe("401 Unauthorized");
  });
});

describe("a service account's token", () => {
  const account: ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: newMeta({ name: "builder", namespace: "default" }),
  };
  const binding: ClusterRoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: newMeta({ name: "builder" }),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ kind: "ServiceAccount", name: "builder", namespace: "default" }],
  };
  const pods = (hub: Hub, token: ServiceAccountToken): string =>
    said(hub.ask({ verb: "list", kind: "Pod", user: claim(token) }) as ApiResponse);

  function prepared(spec: TokenRequest["spec"] = {}): { hub: Hub; token: ServiceAccountToken; answer: ApiResponse } {
    const hub = secure();
    hub.shows(admin(hub));
    hub.create(account);
    hub.create(binding);
    hub.create(
      pod("web", { spec: { nodeName: "n1", serviceAccountName: "builder", terminationGracePeriodSeconds: 30 } }),
    );
    const object: TokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: newMeta({ name: "" }),
      spec,
    };
    const answer = hub.ask({
      verb: "create",
      kind: "ServiceAccount",
      key: "default/builder",
      subresource: "token",
      object,
    }) as ApiResponse;
    hub.shows(undefined);
    return { hub, token: (answer.object as TokenRequest | undefined)?.status?.token as ServiceAccountToken, answer };
  }

  it("makes one that account", () => {
    const { hub, token } = prepared();
    expect(pods(hub, token)).toBe("200 OK");
    expect(said(listNodes(hub, claim(token)))).toMatch(
      'User "system:serviceaccount:default:builder" cannot list resource "nodes"',
    );
  });

  it("is refused when it was forged, when it is for others, and a minute after it has run out", () => {
    const { hub, token } = prepared();
    expect(
      pods(hub, {
        ...token,
        claims: {
          ...token.claims,
          subject: "system:serviceaccount:kube-system:x",
          serviceAccount: { name: "x", uid: "" },
        },
      }),
    ).toBe("401 Unauthorized");
    expect(pods(hub, { ...token, signature: "0".repeat(16) })).toBe("401 Unauthorized");
    hub.pass(seconds(3_600 + 50));
    expect(pods(hub, { ...token })).toBe("200 OK");
    hub.pass(seconds(20));
    expect(pods(hub, { ...token })).toBe("401 Unauthorized");
    const foreign = prepared({ audiences: ["vault"] });
    expect(pods(foreign.hub, foreign.token)).toBe("401 Unauthorized");
  });

  it("is refused when its account is gone, or is another of the same name", () => {
    const { hub, token } = prepared();
    hub.shows(admin(hub));
    hub.ask({ verb: "delete", kind: "ServiceAccount", key: "default/builder" });
    hub.shows(undefined);
    expect(pods(hub, { ...token })).toBe("401 Unauthorized");
    hub.shows(admin(hub));
    hub.create(account);
    hub.shows(undefined);
    expect(pods(hub, { ...token })).toBe("401 Unauthorized");
  });

  it("lives as long as its pod, and a minute beyond the end of the pod's grace", () => {
    const { hub, token } = prepared({ boundObjectRef: { kind: "Pod", name: "web" } });
    expect(token.claims.pod?.name).toBe("web");
    hub.shows(admin(hub));
    hub.ask({ verb: "delete", kind: "Pod", key: "default/web" });
    hub.shows(undefined);
    hub.pass(seconds(80));
    expect(pods(hub, { ...token })).toBe("200 OK");
    hub.pass(seconds(20));
    expect(pods(hub, { ...token })).toBe("401 Unauthorized");
    hub.shows(admin(hub));
    hub.ask({ verb: "delete", kind: "Pod", key: "default/web", delete: { gracePeriodSeconds: 0 } });
    hub.shows(undefined);
    expect(pods(hub, { ...token })).toBe("401 Unauthorized");
  });

  it("is remembered for ten seconds, and no longer", () => {
    const { hub, token } = prepared({ boundObjectRef: { kind: "Pod", name: "web" } });
    expect(pods(hub, token)).toBe("200 OK");
    hub.shows(admin(hub));
    hub.ask({ verb: "delete", kind: "Pod", key: "default/web", delete: { gracePeriodSeconds: 0 } });
    hub.shows(undefined);
    expect(pods(hub, token)).toBe("200 OK");
    hub.pass(seconds(11));
    expect(pods(hub, token)).toBe("401 Unauthorized");
  });

  it("is not made for less than ten minutes, for a pod of another account, or for a pod of another uid", () => {
    expect(said(prepared({ expirationSeconds: 599 }).answer)).toMatch("422 TokenRequest");
    const gone = prepared({ boundObjectRef: { kind: "Pod", name: "gone" } });
    expect(said(gone.answer)).toBe('404 pods "gone" not found');
    const other = prepared({ boundObjectRef: { kind: "Pod", name: "web", uid: "another" } });
    expect(other.answer.code).toBe(409);
    const { hub } = prepared();
    hub.shows(admin(hub));
    hub.create({ ...account, metadata: newMeta({ name: "stranger", namespace: "default" }) });
    const object: TokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: newMeta({ name: "" }),
      spec: { boundObjectRef: { kind: "Pod", name: "web" } },
    };
    expect(
      said(
        hub.ask({
          verb: "create",
          kind: "ServiceAccount",
          key: "default/stranger",
          subresource: "token",
          object,
        }) as ApiResponse,
      ),
    ).toMatch('400 cannot bind token for serviceaccount "stranger" to pod running with different serviceaccount name.');
  });

  it("asked for with the seconds that pods ask for is good for a year, and says an hour", () => {
    const { hub, token, answer } = prepared({ expirationSeconds: 3_607 });
    const { expirationTimestamp } = (answer.object as TokenRequest).status!;
    expect(expirationTimestamp - token.claims.issuedAt).toBe(seconds(3_607));
    hub.pass(hours(2));
    expect(pods(hub, { ...token })).toBe("200 OK");
  });
});

describe("a policy", () => {
  it("that changes counts from then on, for callers whose earlier requests were allowed too", () => {
    const hub = secure();
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: newMeta({ name: "alice" }),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "User", name: "alice" }],
    } as const satisfies ClusterRoleBinding;
    const alice = hub.pki.client("alice").identity();
    hub.shows(alice);
    expect(listNodes(hub).code).toBe(403);
    hub.shows(admin(hub));
    hub.create(binding);
    hub.pass(seconds(1));
    hub.shows(alice);
    expect(listNodes(hub).code).toBe(200);
    const another = hub.send({ verb: "list", kind: "Node" });
    hub.pass(seconds(1));
    expect((another.response as ApiResponse).code).toBe(200);
    const line = hub.pki.client("kubernetes-admin", ["kubeadm:cluster-admins"]);
    const client = createClient(hub.daemon, {
      user: claim(),
      servers: [{ host: "master-0", port: 6443 }],
      qps: -1,
      burst: 1,
      credentials: line,
    });
    hub.daemon.spawn("revoke", client.delete("ClusterRoleBinding", "alice"));
    hub.pass(seconds(1));
    expect(listNodes(hub).code).toBe(403);
  });
});

describe("a client", () => {
  const outcomeOf = (hub: Hub, trust = hub.pki.trust): string => {
    let outcome = "";
    const credentials = fixedCredentials(trust, admin(hub));
    const servers = [{ host: "master-0", port: 6443 }];
    const client = createClient(hub.daemon, { user: claim(), servers, qps: -1, burst: 1, credentials });
    hub.daemon.spawn(
      "ask",
      (function* () {
        try {
          yield* client.list("Node");
          outcome = "OK";
        } catch (error) {
          outcome = (error as ApiError).message;
        }
      })(),
    );
    hub.pass(seconds(5));
    return outcome;
  };

  it("believes a server of its own authority, and no other", () => {
    const hub = secure();
    expect(outcomeOf(hub)).toBe("OK");
    expect(outcomeOf(hub, new Hub({ seed: 2 }).pki.trust)).toBe(
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    );
    expect(outcomeOf(new Hub())).toBe("tls: first record does not look like a TLS handshake");
  });

  it("does not believe a server whose certificate has run out by its own clock", () => {
    const hub = secure();
    hub.world.host("person").clock.step(hours(24 * 366));
    expect(outcomeOf(hub)).toMatch(
      /^tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time .* is after 8760h0m0s$/,
    );
  });
});
