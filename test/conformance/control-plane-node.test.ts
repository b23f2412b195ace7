/** The Kubernetes documentation on communication between nodes and the control plane (`concepts/architecture/control-plane-node-communication`), sentence by sentence. */
import { describe, expect, it } from "vitest";
import { seconds } from "../../engine/base/units.ts";
import type { Run } from "../../engine/experiment/run.ts";
import type { Machine } from "../../engine/world/machine.ts";
import type { Socket } from "../../engine/world/socket.ts";
import { play, scenarioOf, web } from "../stage.ts";

const FOLLOW = "{ at: 90s, kubectl: logs -f deployment/web }";

interface Story {
  readonly apiServers?: string;
  readonly steps?: readonly string[];
  /** Looks at the run when logs are being followed. */
  readonly look?: (run: Run) => void;
}

/** A Deployment that talks, on two nodes. Gives what commands printed. */
function played({ apiServers = "replicas: 2", steps = [FOLLOW], look }: Story): string[] {
  const spec = `
duration: 4m
warmUp: 1m
cluster:
  controlPlane: { apiServers: { ${apiServers} } }
  nodePools: [{ name: n, count: 2 }]
manifests: [web.yaml]
programs: [{ selector: { app: web }, program: chatty, every: 20s }]
timeline: [${steps.join(", ")}]
`;
  const { entries } = play(scenarioOf(spec, { "web.yaml": web(2) }), 1, (run) => {
    run.cluster.workstation().daemon.after(seconds(100), () => look?.(run));
  });
  return entries.flatMap((entry) => (entry.type === "output" ? [entry.text] : []));
}

/** The ends of connections between nodes and the control plane that lie in the control plane. */
const ends = ({ cluster }: Run): Socket[] =>
  cluster.world.hosts
    .flatMap((host) => [...(host as Machine).sockets])
    .filter(({ open, machine, peer }) => open && machine.role === "control-plane" && peer.machine.role === "node");
const program = ({ scope }: Socket): string => scope.source.name.split("/")[1]!;

describe("node to control plane", () => {
  it("'All API usage that originates from nodes (or the pods they run) terminates at the API server. None of the other control plane components are designed to expose remote services.'", () => {
    let looked = 0;
    played({
      look: (run) => {
        const accepted = ends(run).filter(({ dialed }) => !dialed);
        looked = accepted.length;
        expect(new Set(accepted.map(program))).toEqual(new Set(["kube-apiserver"]));
      },
    });
    expect(looked).toBeGreaterThanOrEqual(4);
  });
});

describe("API server to kubelet", () => {
  it("'The connections from the API server to the kubelet are used for: Fetching logs for pods. Attaching (usually through kubectl) to running pods. Providing the kubelet's port-forwarding functionality.'", () => {
    const steps = [
      "{ at: 150s, kubectl: logs deployment/web --tail=1 }",
      "{ at: 151s, kubectl: attach deployment/web, duration: 25s }",
      "{ at: 200s, kubectl: port-forward deployment/web 80, duration: 1s }",
    ];
    const [fetched, attached, ...rest] = played({ steps });
    expect([fetched, attached]).toEqual([expect.stringMatching(/^still here/), expect.stringMatching(/^still here/)]);
    expect(rest.at(-1)).toMatch(/^answer of web-/);
    expect(rest.filter((text) => text.startsWith("error"))).toEqual([]);
  });

  const attacked = (apiServers: string) =>
    played({
      apiServers,
      steps: [
        "{ at: 80s, fault: impostor, target: { pool: n }, says: lies }",
        "{ at: 90s, kubectl: logs deployment/web }",
      ],
    });

  it("'By default, the API server does not verify the kubelet's serving certificate, which makes the connections subject to man-in-the-middle attacks.'", () => {
    expect(attacked("replicas: 1")).toEqual(["lies"]);
  });

  it("'To verify this connection, use the --kubelet-certificate-authority flag to provide the API server with a root certificate bundle.'", () => {
    const [told] = attacked("flags: { kubelet-certificate-authority: /etc/kubernetes/pki/ca.crt }");
    expect(told).toMatch(/x509: certificate signed by unknown authority$/);
  });
});

describe("Konnectivity", () => {
  const dialedOut = (apiServers: string): string[] => {
    let dialers: string[] = [];
    played({
      apiServers,
      look: (run) => {
        dialers = ends(run)
          .filter(({ dialed }) => dialed)
          .map(program);
      },
    });
    return dialers;
  };

  it("'After enabling the Konnectivity service, all control plane to nodes traffic goes through these connections', which the agents have made", () => {
    expect(dialedOut("replicas: 2")).toEqual(["kube-apiserver"]);
    expect(dialedOut("replicas: 2, egress: konnectivity")).toEqual([]);
  });
});
