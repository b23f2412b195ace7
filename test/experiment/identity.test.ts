/** Whole clusters in which everybody has to show who he is. */
import { describe, expect, it } from "vitest";
import type { CertificateSigningRequest } from "../../engine/api/kinds/certificate-signing-request.ts";
import { inSeconds } from "../../engine/base/units.ts";
import { requestFinished, storeCommitted } from "../../engine/hub/happening.ts";
import { certificateIssued } from "../../engine/node/happening.ts";
import { play, scenarioOf, web } from "../stage.ts";

const cluster = (kubelet: string, more = "", duration = "4m") => `
duration: ${duration}
warmUp: 1s
cluster:
  controlPlane:
    apiServers: { replicas: 2 }
    ${more}
  nodePools: [{ name: n, count: 3, bootOver: 1s, kubelet: { ${kubelet} } }]
manifests: [web.yaml]
`;

/** Plays, and gives who wrote what (`created Node/n-0 by system:node:n-0`), when certificates were issued, and the refusals. */
function played(spec: string) {
  const writes: string[] = [];
  const issued: number[] = [];
  const requests: CertificateSigningRequest[] = [];
  const { record } = play(scenarioOf(spec, { "web.yaml": web(3) }), 1, ({ kernel }) => {
    kernel.trace.on(storeCommitted, ({ detail: { type, kind, key, by, object } }) => {
      writes.push(`${type} ${kind}/${key} by ${by}`);
      if (object.kind === "CertificateSigningRequest") requests.push(object as CertificateSigningRequest);
    });
    kernel.trace.on(certificateIssued, ({ time }) => issued.push(inSeconds(time)));
  });
  const refusals = record.requestRows.filter(({ code }) => code === 401 || code === 403);
  const ready = record.nodeRows.filter(({ readyAt }) => readyAt !== undefined).length;
  return { record, writes, issued, requests, refusals, ready };
}

describe("a cluster", () => {
  it("refuses none of its own: every component may do what it does", () => {
    const { refusals, ready } = played(cluster("", "controllerManager: { replicas: 2 }"));
    expect(refusals).toEqual([]);
    expect(ready).toBe(3);
  });
});

describe("TLS bootstrapping", () => {
  it("makes nodes of machines that have nothing but a token", () => {
    const { writes, requests, ready, issued } = played(cluster("bootstrap: tls-bootstrap"));
    expect(ready).toBe(3);
    expect(issued.length).toBe(3);
    expect(writes.filter((text) => text.startsWith("created Node/"))).toEqual(
      expect.arrayContaining(["created Node/n-0 by system:node:n-0", "created Node/n-1 by system:node:n-1"]),
    );
    const asked = writes.filter((text) => text.startsWith("created CertificateSigningRequest/"));
    expect(asked.length).toBe(3);
    for (const text of asked) expect(text).toMatch(/ by system:bootstrap:[a-z0-9]{6}$/);
    const last = requests.at(-1)!;
    expect(last.status.conditions?.[0]).toMatchObject({ type: "Approved", reason: "AutoApproved" });
    expect(last.status.certificate?.subject.organizations).toEqual(["system:nodes"]);
  });

  it("comes to nothing while nobody approves, or nobody signs", () => {
    for (const without of ["approving", "signing"]) {
      const flags = `controllerManager: { flags: { controllers: "*,-certificatesigningrequest-${without}" } }`;
      const { ready, requests } = played(cluster("bootstrap: tls-bootstrap", flags, "1m"));
      expect(ready).toBe(0);
      expect(requests.length).toBeGreaterThan(0);
      expect(requests.every(({ status }) => status.certificate === undefined)).toBe(true);
    }
  });
});

describe("a kubelet's certificate", () => {
  it("is asked for anew when 70 to 90 % of its life are over, and nobody notices", () => {
    const { issued, refusals, record } = played(cluster("certificateExpires: 30m, certificateValidity: 1h", "", "32m"));
    expect(issued.length).toBe(3);
    for (const time of issued) {
      expect(time).toBeGreaterThanOrEqual(12 * 60);
      expect(time).toBeLessThan(24 * 60 + 10);
    }
    expect(new Set(issued.map(Math.round)).size).toBe(3);
    expect(refusals).toEqual([]);
    expect(record.metrics.find(({ metric }) => metric === "nodes_marked_unknown")?.count ?? 0).toBe(0);
  });

  it("that runs out silences its node: 401 while it is shown, and 403 for who shows none any more", () => {
    const off = played(cluster("certificateExpires: 1m, config: { rotateCertificates: false }"));
    const codes = (rows: typeof off.refusals) => [...new Set(rows.map(({ code }) => code))].sort();
    expect(codes(off.refusals)).toEqual([401]);
    expect(off.record.metrics.find(({ metric }) => metric === "nodes_marked_unknown")?.count).toBe(3);
    const flags = 'controllerManager: { flags: { controllers: "*,-certificatesigningrequest-approving" } }';
    const waiting = played(cluster("certificateExpires: 1m", flags, "8m"));
    expect(codes(waiting.refusals)).toEqual([401, 403]);
    expect(waiting.issued).toEqual([]);
  });
});

describe("pods that use the API", () => {
  const operator = (binding: string) => `
apiVersion: v1
kind: ServiceAccount
metadata: { name: operator }
---
${binding}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: operator }
spec:
  replicas: 2
  selector: { matchLabels: { app: operator } }
  template:
    metadata: { labels: { app: operator } }
    spec:
      serviceAccountName: operator
      containers: [{ name: operator, image: "operator:1" }]
`;
  const MAY = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: operator }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ kind: ServiceAccount, name: operator, namespace: default }]
`;
  const spec = (duration: string) => `
duration: ${duration}
cluster:
  controlPlane: { apiServers: { replicas: 2 } }
  nodePools: [{ name: n, count: 2, bootOver: 1s }]
manifests: [web.yaml]
programs: [{ selector: { app: operator }, program: api-client, every: 30s }]
`;
  function run(manifest: string, duration = "5m") {
    const tokens: string[] = [];
    const { record } = play(scenarioOf(spec(duration), { "web.yaml": manifest }), 1, ({ kernel }) => {
      kernel.trace.on(requestFinished, ({ detail, subject }) => {
        if (detail.user.includes(":default:operator")) tokens.push(`${subject} ${detail.code}`);
      });
    });
    const rows = record.requestRows.filter(({ subresource }) => subresource === "token");
    return { said: new Set(tokens), asked: rows.reduce((sum, { count }) => sum + count, 0), record };
  }

  it("are who their service account is, and may do what that may", () => {
    const { said, record } = run(operator(MAY));
    expect([...said]).toEqual(["list Pod 200"]);
    expect(record.podRows.filter(({ readyAt }) => readyAt !== undefined).length).toBe(2);
  });

  it("are forbidden what nobody has given it", () => {
    const { said, record } = run(operator(MAY.replace("name: view", "name: system:basic-user")));
    expect([...said]).toEqual(["list Pod 403"]);
    expect(record.podRows.filter(({ readyAt }) => readyAt !== undefined).length).toBe(0);
  });

  it("get new tokens before the old ones run out", () => {
    const short = run(operator(MAY), "30m").asked;
    const long = run(operator(MAY), "55m").asked;
    expect(long - short).toBeGreaterThanOrEqual(2);
  });
});
