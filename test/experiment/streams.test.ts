import { describe, expect, it } from "vitest";
import { CertificateAuthority, type Credential, PrivateKey } from "../../engine/api/certificate.ts";
import type { ApiError } from "../../engine/api/error.ts";
import { KUBELET_PORT, type KubeletRequest } from "../../engine/api/stream.ts";
import { type Instant, NEVER, START, seconds } from "../../engine/base/units.ts";
import { fixedCredentials } from "../../engine/client/credentials.ts";
import { readStream } from "../../engine/client/stream.ts";
import { createTransport } from "../../engine/client/transport.ts";
import type { Run } from "../../engine/experiment/run.ts";
import { kubeletReached, requestFinished } from "../../engine/hub/happening.ts";
import type { Process } from "../../engine/kernel/process.ts";
import { CallError, rpcClient } from "../../engine/world/rpc.ts";
import { type Played, play, scenarioOf, web } from "../stage.ts";

const PODS = `
apiVersion: v1
kind: Pod
metadata: { name: talker, labels: { app: talker } }
spec: { containers: [{ name: main, image: "registry.example/talker:1" }, { name: side, image: "registry.example/side:1" }] }
---
apiVersion: v1
kind: Pod
metadata: { name: flaky, labels: { app: flaky } }
spec: { containers: [{ name: main, image: "registry.example/flaky:1" }] }
---
apiVersion: v1
kind: Pod
metadata: { name: nowhere, labels: { app: nowhere } }
spec: { nodeSelector: { no: such }, containers: [{ name: main, image: "registry.example/nowhere:1" }] }
`;

/** One node; a pod that talks each ten seconds, one that fails, one that runs nowhere, and a Deployment. */
function stage(
  steps: readonly string[],
  more: { readonly apiServers?: string; readonly kubelet?: string; readonly nodes?: number } = {},
  watch?: (run: Run) => void,
): Played {
  const { apiServers = "replicas: 1", kubelet = "{}", nodes = 1 } = more;
  const spec = `
duration: 10m
warmUp: 1m
cluster:
  controlPlane: { apiServers: { ${apiServers} } }
  nodePools: [{ name: n, count: ${nodes}, kubelet: ${kubelet} }]
manifests: [pods.yaml, web.yaml]
programs:
  - { selector: { app: talker }, program: chatty, every: 10s }
  - { selector: { app: flaky }, program: crashing, runs: 30s }
timeline: [${steps.map((step) => `{ ${step} }`).join(", ")}]
`;
  return play(scenarioOf(spec, { "pods.yaml": PODS, "web.yaml": web(1) }), 1, watch);
}

/** What was printed, as `stream text`, at most so many; and how each command ended. */
const printed = ({ entries }: Played): string[] =>
  entries.flatMap((entry) => (entry.type === "output" ? [`${entry.stream} ${entry.text}`] : []));
const ended = ({ entries }: Played): string[] =>
  entries.flatMap((entry) =>
    entry.type === "fault" && entry.what.startsWith("kubectl ") && entry.what !== "kubectl apply"
      ? [`${entry.change}: ${entry.detail}`]
      : [],
  );
const endedAt = ({ entries }: Played): number[] =>
  entries.flatMap((entry) =>
    entry.type === "fault" && entry.what.startsWith("kubectl ") && entry.what !== "kubectl apply"
      ? [entry.time / 1e6]
      : [],
  );

describe("kubectl logs", () => {
  it("prints what the container has written, and with -f what it goes on to write, until ^C", () => {
    const played = stage([
      "at: 100s, kubectl: logs talker -c main --tail=2",
      "at: 200s, kubectl: logs talker -c main --tail=1 -f, duration: 30s",
    ]);
    expect(ended(played)).toEqual(["commanded: talker: 2 lines", "commanded: talker: 4 lines, then ^C"]);
    expect(endedAt(played)[1]).toBeCloseTo(230, 1);
    expect(printed(played).every((line) => /^stdout still here \(\d+\)$/.test(line))).toBe(true);
  });

  it("ends with the container that it follows, and shows the attempt before with -p", () => {
    const played = stage([
      "at: 65s, kubectl: logs flaky -f",
      "at: 200s, kubectl: logs flaky -p",
      "at: 62s, kubectl: logs web-none",
    ]);
    const [missing, followed, previous] = ended(played);
    expect(missing).toBe('failed: pods "web-none" not found');
    expect(followed).toBe("commanded: flaky: 0 lines");
    expect(previous).toBe("commanded: flaky: 0 lines");
    expect(endedAt(played)[1]).toBeGreaterThan(66);
    expect(endedAt(played)[1]).toBeLessThan(130);
  });

  it("is refused, or empty, as the API server has it", () => {
    const played = stage([
      "at: 70s, kubectl: logs talker",
      "at: 71s, kubectl: logs talker -c nobody",
      "at: 72s, kubectl: logs nowhere",
      "at: 73s, kubectl: logs talker -c side -p",
      "at: 74s, kubectl: exec nowhere -- date",
      "at: 75s, kubectl: logs deployment/web",
    ]);
    expect(ended(played).slice(0, 5)).toEqual([
      "failed: a container name must be specified for pod talker, choose one of: [main side]",
      "failed: container nobody is not valid for pod talker",
      "commanded: nowhere: 0 lines",
      'failed: previous terminated container "side" in pod "talker" not found',
      "failed: pod nowhere does not have a host assigned",
    ]);
    expect(ended(played)[5]).toMatch(/^commanded: web-\w+-\w+: 0 lines$/);
  });
});

describe("kubectl exec, attach and port-forward", () => {
  it("run a command, watch the output, and reach a port", () => {
    const played = stage([
      "at: 70s, kubectl: exec talker -c main -- echo one two",
      "at: 71s, kubectl: exec talker -c main -- hostname",
      "at: 72s, kubectl: exec talker -c main -- false",
      "at: 73s, kubectl: exec talker -c main -- vi",
      "at: 80s, kubectl: attach talker -c main, duration: 15s",
      "at: 120s, kubectl: port-forward talker 8080:80, duration: 1m",
    ]);
    expect(printed(played).slice(0, 4)).toEqual([
      "stdout one two",
      "stdout talker",
      "stderr error: command terminated with exit code 1",
      expect.stringContaining('exec: "vi": executable file not found in $PATH'),
    ]);
    expect(printed(played).slice(-3)).toEqual([
      "stdout Forwarding from 127.0.0.1:8080 -> 80",
      "stdout Handling connection for 8080",
      "stdout answer of talker:80 to GET /",
    ]);
    expect(ended(played).slice(-2)).toEqual([
      expect.stringMatching(/^commanded: talker: [12] lines?, then \^C$/),
      "commanded: talker: 3 lines, then ^C",
    ]);
    expect(endedAt(played).at(-1)).toBeCloseTo(180, 1);
  });

  it("end when the pod does", () => {
    const played = stage([
      "at: 70s, kubectl: port-forward talker 80",
      "at: 70s, kubectl: attach talker -c main",
      "at: 100s, kubectl: delete pod/talker",
    ]);
    const times = endedAt(played);
    expect(ended(played).filter((each) => each.startsWith("commanded: talker"))).toHaveLength(2);
    for (const time of times) expect(time).toBeLessThan(103);
  });
});

describe("a stream", () => {
  const FOLLOW = "at: 100s, kubectl: logs talker -c main -f --tail=0";

  it("breaks with the kubelet", () => {
    const played = stage([FOLLOW, "at: 150s, fault: kill, target: { component: kubelet }, duration: 10s"]);
    expect(ended(played)).toEqual(["failed: unexpected EOF"]);
    expect(endedAt(played)[0]).toBeCloseTo(150, 1);
  });

  it("breaks with the API server that it goes through, though it is asked to end in good order", () => {
    const played = stage([
      FOLLOW,
      "at: 150s, fault: kill, target: { component: kube-apiserver }, graceful: true, duration: 10s",
    ]);
    expect(ended(played)).toEqual(["failed: unexpected EOF"]);
    expect(endedAt(played)[0]).toBeGreaterThanOrEqual(150);
    expect(endedAt(played)[0]).toBeLessThan(151);
  });

  it("that carries nothing ends after the kubelet's idle timeout; one that carries something does not", () => {
    const idle = "{ config: { streamingConnectionIdleTimeout: 30s } }";
    const played = stage(
      ["at: 100s, kubectl: logs talker -c main -f --tail=0, duration: 2m", "at: 100s, kubectl: port-forward talker 80"],
      { kubelet: idle },
    );
    expect(endedAt(played)[0]).toBeCloseTo(130, 1);
    expect(endedAt(played)[1]).toBeCloseTo(220, 1);
  });

  it("that is still open at the end of the run ends with it", () => {
    expect(ended(stage([FOLLOW]))).toEqual([]);
  });
});

describe("a kubelet that cannot be reached", () => {
  it("is given up after --kubelet-timeout when it is silent, and at once when nobody listens", () => {
    const cut = "fault: partition, between: [{ pool: n }, { role: control-plane }], duration: 1m";
    const down = "fault: kill, target: { component: kubelet }, duration: 1m";
    const flags = { apiServers: "flags: { kubelet-timeout: 3s }" };
    const silent = stage([`at: 100s, ${cut}`, "at: 110s, kubectl: logs talker -c main"], flags);
    expect(ended(silent)).toEqual([
      'failed: Get "https://n-0:10250/containerLogs/default/talker/main": dial tcp n-0:10250: i/o timeout',
    ]);
    expect(endedAt(silent)[0]).toBeCloseTo(113, 1);
    const refused = stage([`at: 100s, ${down}`, "at: 110s, kubectl: exec talker -c main -- date"], flags);
    expect(ended(refused)).toEqual(["failed: error dialing backend: dial tcp n-0:10250: connect: connection refused"]);
    expect(endedAt(refused)[0]).toBeCloseTo(110, 1);
  });
});

const VERIFY = "flags: { kubelet-certificate-authority: /etc/kubernetes/pki/ca.crt }";

describe("the certificate of a kubelet", () => {
  const latency = (apiServers: string): number => {
    let found = 0;
    stage(["at: 100s, kubectl: exec talker -c main -- true"], { apiServers }, ({ kernel }) =>
      kernel.trace.on(requestFinished, ({ detail }) => {
        if (detail.subresource === "exec") found = detail.latency;
      }),
    );
    return found;
  };

  it("costs what looking at it costs, only where it is looked at", () => {
    expect(latency(VERIFY) - latency("replicas: 1")).toBe(300);
  });

  it("is refused where it is looked at and signed by the kubelet itself", () => {
    const steps = [
      "at: 100s, kubectl: exec talker -c main -- true",
      "at: 110s, kubectl: get --raw /api/v1/nodes/n-0/proxy/healthz",
    ];
    const kubelet = "{ servingCertificate: self-signed }";
    expect(ended(stage(steps, { kubelet }))).toEqual(["commanded: talker: 0 lines", "commanded: 1 line"]);
    const why = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    expect(ended(stage(steps, { kubelet, apiServers: VERIFY }))).toEqual([
      `failed: error dialing backend: ${why}`,
      `failed: error trying to reach service: ${why}`,
    ]);
  });
});

describe("an impostor at a node's address", () => {
  const STEPS = [
    "at: 90s, fault: impostor, target: { host: n-0 }, says: trust me, duration: 1m",
    "at: 100s, kubectl: logs talker -c main",
    "at: 101s, kubectl: exec talker -c main -- echo truth",
    "at: 200s, kubectl: exec talker -c main -- echo truth",
  ];

  it("is believed by an API server that does not look, and by nobody once it is gone", () => {
    expect(printed(stage(STEPS))).toEqual(["stdout trust me", "stdout trust me", "stdout truth"]);
  });

  it("is refused by one that does, directly and through a tunnel", () => {
    for (const apiServers of [VERIFY, `egress: konnectivity, ${VERIFY}`]) {
      const played = stage(STEPS, { apiServers });
      expect(printed(played)).toEqual([
        expect.stringMatching(/^stderr error: Get .* x509: certificate signed by unknown authority$/),
        expect.stringMatching(
          /^stderr error: error dialing backend: .* x509: certificate signed by unknown authority$/,
        ),
        "stdout truth",
      ]);
    }
  });

  it("is believed through a tunnel too, which carries what it is given", () => {
    expect(printed(stage(STEPS, { apiServers: "egress: konnectivity" }))[0]).toBe("stdout trust me");
  });
});

/** What a program outside of the cluster that dials a kubelet itself is told. */
function intrude(
  kubelet: string,
  shows: (run: Run) => Credential | undefined,
  path: KubeletRequest["path"] = "/pods",
  steps: readonly string[] = [],
): unknown {
  let answer: unknown;
  function* intruder(run: Run): Process {
    const { daemon } = run.cluster.workstation();
    const connection = yield* daemon.dial({ host: "n-0", port: KUBELET_PORT }, undefined, undefined, shows(run));
    const request: KubeletRequest = {
      path,
      pod: "default/talker",
      options: { container: "main", command: ["hostname"] },
    };
    const stream = rpcClient(daemon, connection).stream(request, (frame) => {
      answer ??= frame;
    });
    try {
      yield stream.ended;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
    }
  }
  stage(steps, { kubelet }, (run) => {
    run.cluster.workstation().daemon.after(100_000_000 as never, () => {
      run.cluster.workstation().daemon.spawn("intruder", intruder(run));
    });
  });
  return answer;
}

const issued = (
  organizations: readonly string[],
  authority: CertificateAuthority,
  usage: "client auth" | "server auth" = "client auth",
): Credential => {
  const key = new PrivateKey("intruder", 7);
  const template = { subject: { commonName: "eve", organizations }, dnsNames: [], usages: [usage], keyId: key.id };
  return { certificate: authority.issue(template, START as Instant, NEVER), key };
};
const foreign = new CertificateAuthority("kubernetes", new PrivateKey("foreign", 1), NEVER);

describe("a kubelet's own API", () => {
  it("is open to API servers, and to nobody without a certificate", () => {
    expect(intrude("{}", ({ cluster }) => cluster.kubeletPki.client())).toEqual({ code: 200 });
    expect(intrude("{}", () => undefined)).toMatchObject({ code: 401, error: { message: "Unauthorized" } });
  });

  it("refuses a certificate that is not the cluster's, whatever it says", () => {
    expect(intrude("{}", () => issued(["system:masters"], foreign))).toMatchObject({ code: 401 });
  });

  it("refuses what somebody the cluster knows may not do", () => {
    const known = ({ cluster }: Run) => cluster.kubeletPki.issue("eve", ["developers"]);
    expect(intrude("{}", known, "/exec")).toMatchObject({
      code: 403,
      error: { message: "Forbidden (user=eve, verb=create, resource=nodes, subresource(s)=[proxy])" },
    });
    expect(intrude("{}", known)).toMatchObject({ code: 403, error: { message: expect.stringContaining("verb=get") } });
  });

  it("lets those do what RBAC lets them do, and asks again after five minutes", () => {
    const reviews: number[] = [];
    const steps = [100, 200, 450].map((at) => `at: ${at}s, kubectl: exec talker -c main -- true`);
    stage(steps, {}, ({ kernel }) =>
      kernel.trace.on(requestFinished, ({ time, detail }) => {
        if (detail.kind === "SubjectAccessReview") reviews.push(Math.round(time / 1e6));
      }),
    );
    expect(reviews).toEqual([100, 450]);
  });

  it("lets nobody in whom it cannot ask about", () => {
    const known = ({ cluster }: Run) => cluster.kubeletPki.client();
    const cut = "at: 80s, fault: kill, target: { component: kube-apiserver }, duration: 5m";
    expect(intrude("{}", known, "/pods", [cut])).toMatchObject({
      code: 500,
      error: {
        message:
          "Authorization error (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource(s)=[pods proxy])",
      },
    });
  });

  it("with anonymous requests allowed still forbids them, unless everything is allowed too", () => {
    const anonymous = "authentication.anonymous.enabled: true";
    expect(intrude(`{ config: { ${anonymous} } }`, () => undefined, "/exec")).toMatchObject({
      code: 403,
      error: { message: "Forbidden (user=system:anonymous, verb=create, resource=nodes, subresource(s)=[proxy])" },
    });
    expect(intrude(`{ config: { ${anonymous}, authorization.mode: AlwaysAllow } }`, () => undefined, "/exec")).toEqual({
      code: 200,
    });
  });
});

describe("the API server's proxy", () => {
  it("reaches kubelets, pods and the Service kubernetes", () => {
    const played = stage([
      "at: 100s, kubectl: get --raw /api/v1/nodes/n-0/proxy/healthz",
      "at: 101s, kubectl: get --raw /api/v1/namespaces/default/pods/talker:8080/proxy/metrics",
      "at: 102s, kubectl: 'get --raw /api/v1/namespaces/default/services/https:kubernetes:443/proxy/readyz'",
      "at: 103s, kubectl: get --raw /api/v1/namespaces/default/services/kubernetes/proxy/readyz",
      "at: 104s, kubectl: get --raw /api/v1/namespaces/default/services/web/proxy/",
      "at: 105s, kubectl: get --raw /api/v1/namespaces/default/pods/nobody/proxy/",
    ]);
    expect(printed(played)).toEqual([
      "stdout ok",
      "stdout answer of talker:8080 to GET /metrics",
      "stdout ok",
      "stderr error: Client sent an HTTP request to an HTTPS server.",
      'stderr error: services "web" not found',
      'stderr error: pods "nobody" not found',
    ]);
  });

  it("looks at no certificate on the way to a pod, even where kubelets' are looked at", () => {
    const steps = ["at: 101s, kubectl: get --raw /api/v1/namespaces/default/pods/https:talker:443/proxy/"];
    expect(printed(stage(steps, { apiServers: VERIFY }))).toEqual(["stdout answer of talker:443 to GET /"]);
  });
});

describe("Konnectivity", () => {
  const EXEC = "kubectl: exec talker -c main -- hostname";
  const agents = (duration: string) => `fault: kill, target: { component: konnectivity-agent }, duration: ${duration}`;

  it("goes through an agent, so that without any there is no way, while the node is well", () => {
    const played = stage([`at: 100s, ${EXEC}`, `at: 110s, ${agents("2m")}`, `at: 120s, ${EXEC}`, `at: 250s, ${EXEC}`], {
      apiServers: "egress: konnectivity",
    });
    expect(printed(played)).toEqual([
      "stdout talker",
      "stderr error: error dialing backend: dial tcp n-0:10250: No agent available",
      "stdout talker",
    ]);
    expect(played.record.nodeRows.every(({ unknowns }) => unknowns === 0)).toBe(true);
  });

  it("reaches a node whose own agent is gone by another one's", () => {
    const own = "fault: kill, target: { host: n-0, component: konnectivity-agent }, duration: 5m";
    const other = "fault: kill, target: { host: n-1, component: konnectivity-agent }, duration: 5m";
    for (const strike of [own, other])
      expect(
        printed(stage([`at: 110s, ${strike}`, `at: 130s, ${EXEC}`], { apiServers: "egress: konnectivity", nodes: 2 })),
      ).toEqual(["stdout talker"]);
  });

  it("breaks its streams when it dies", () => {
    const follow = "at: 100s, kubectl: logs talker -c main -f --tail=0";
    for (const component of ["konnectivity-agent", "konnectivity-server"]) {
      const played = stage([follow, `at: 150s, fault: kill, target: { component: ${component} }, duration: 20s`], {
        apiServers: "egress: konnectivity",
      });
      expect(ended(played)).toEqual(["failed: unexpected EOF"]);
    }
  });
});

describe("a person without rights", () => {
  it("is refused by the API server, before any kubelet is asked", () => {
    const told: string[] = [];
    function* eavesdrop({ cluster }: Run): Process {
      const { daemon } = cluster.workstation();
      const eve = cluster.kubeletPki.issue("eve", ["developers"]);
      const transport = createTransport(daemon, cluster.servers, fixedCredentials(cluster.admin.trust, eve));
      const user = { name: "eve", groups: [] };
      for (const [verb, subresource] of [
        ["get", "log"],
        ["create", "exec"],
        ["create", "portforward"],
      ] as const)
        try {
          yield* readStream(transport, { verb, kind: "Pod", key: "default/talker", subresource, user }, () => {});
        } catch (error) {
          told.push((error as ApiError).message);
        }
    }
    const reached: string[] = [];
    stage([], {}, (run) => {
      run.kernel.trace.on(kubeletReached, ({ subject }) => reached.push(subject));
      const { daemon } = run.cluster.workstation();
      daemon.after(seconds(100), () => daemon.spawn("eve", eavesdrop(run)));
    });
    expect(reached).toEqual([]);
    expect(told).toEqual([
      'pods "talker" is forbidden: User "eve" cannot get resource "pods/log" in API group "" in the namespace "default"',
      'pods "talker" is forbidden: User "eve" cannot create resource "pods/exec" in API group "" in the namespace "default"',
      'pods "talker" is forbidden: User "eve" cannot create resource "pods/portforward" in API group "" in the namespace "default"',
    ]);
  });
});
