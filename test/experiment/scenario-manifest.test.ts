import { describe, expect, it } from "vitest";
import { readManifests } from "../../engine/experiment/scenario/manifest.ts";
import { MANIFEST_KINDS } from "../../engine/experiment/scenario/manifests/registry.ts";
import { Problems } from "../../engine/experiment/scenario/source.ts";

function read(text: string) {
  const problems = new Problems();
  const bytes = new TextEncoder().encode(text);
  const file = readManifests({ read: () => bytes }, "m.yaml", problems);
  const told = problems.all.map(
    ({ line, column, path, message, suggestion }) =>
      `${line}:${column} ${path}: ${message}${suggestion === undefined ? "" : ` → ${suggestion}`}`,
  );
  return { objects: (file?.manifests ?? []).map(({ object }) => object), told, complete: file?.complete };
}

/** A Deployment with these lines added to its spec, and these to its pods'. */
const deployment = (spec = "", pod = "", container = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
${container.replace(/^(?=.)/gm, "          ")}
${pod.replace(/^(?=.)/gm, "      ")}
${spec.replace(/^(?=.)/gm, "  ")}
`;

const KNOWN = MANIFEST_KINDS.map(({ kind }) => kind).join(", ");

describe("a manifest", () => {
  it("is decoded into objects as kubectl would send them, with the namespace they get", () => {
    const { objects, told } = read(
      deployment("replicas: 3\nstrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 10% } }"),
    );
    expect(told).toEqual([]);
    expect(objects).toEqual([
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: "default", uid: "", resourceVersion: 0, creationTimestamp: 0 },
        spec: {
          replicas: 3,
          strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: "10%" } },
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web" }] } },
        },
      },
    ]);
  });

  it("may hold several documents, empty ones, and lists", () => {
    const { objects, told } = read(`---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Pod, metadata: { name: a, namespace: shop }, spec: { containers: [{ name: c }] } }
  - { apiVersion: orrery.dev/v1alpha1, kind: Thermostat, metadata: { name: t }, spec: { target: 20.5 } }
`);
    expect(told).toEqual([]);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      "Namespace undefined/shop",
      "Pod shop/a",
      "Thermostat default/t",
    ]);
  });

  it("keeps fields that change nothing, and drops what only a server writes", () => {
    const text = deployment(
      "",
      "serviceAccountName: web\nhostNetwork: false",
      "ports: [{ containerPort: 80 }]\nenv: [{ name: A, value: b }]",
    );
    const { objects, told } = read(`${text}status: { replicas: 3 }\n`);
    expect(told).toEqual([]);
    expect(objects[0]).toMatchObject({
      spec: { template: { spec: { serviceAccountName: "web", containers: [{ ports: [{ containerPort: 80 }] }] } } },
    });
    expect(objects[0]).not.toHaveProperty("status");
  });

  it("takes plain numbers for quantities", () => {
    const { objects, told } = read(deployment("", "", "resources: { requests: { cpu: 0.5, memory: 1Gi } }"));
    expect(told).toEqual([]);
    expect(objects[0]).toMatchObject({
      spec: { template: { spec: { containers: [{ resources: { requests: { cpu: "0.5", memory: "1Gi" } } }] } } },
    });
  });

  it("with a problem still counts as there, so that whoever names it is not told that it is missing", () => {
    const { objects, told, complete } = read(deployment("replicas: many"));
    expect(told).toHaveLength(1);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(["web"]);
    expect(complete).toBe(true);
  });

  const POD = "spec.template.spec";
  const cases: readonly (readonly [string, string, string])[] = [
    ["a misspelt field", deployment("replcas: 3"), "13:3 spec.replcas: unknown field → did you mean `replicas`?"],
    [
      "a number in quotes",
      deployment('replicas: "3"'),
      '13:13 spec.replicas: found the text "3", expected a whole number of at least 0 → write `3` without quotes',
    ],
    [
      "a negative number",
      deployment("replicas: -1"),
      "13:13 spec.replicas: found the number -1, expected a whole number of at least 0",
    ],
    [
      "a share that is no percentage",
      deployment("strategy: { rollingUpdate: { maxSurge: 0.25 } }"),
      "13:42 spec.strategy.rollingUpdate.maxSurge: found the number 0.25, expected a whole number, or a percentage such as `25%` → write `25%`",
    ],
    [
      "a strategy that does not exist",
      deployment("strategy: { type: Rolling }"),
      '13:21 spec.strategy.type: found the text "Rolling", expected one of: RollingUpdate, Recreate → did you mean `RollingUpdate`?',
    ],
    [
      "a rollout that could not move",
      deployment("strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0% } }"),
      "13:30 spec.strategy.rollingUpdate: maxSurge and maxUnavailable may not both be zero → the rollout could never make a step",
    ],
    [
      "Recreate with a rolling update",
      deployment("strategy: { type: Recreate, rollingUpdate: {} }"),
      "13:31 spec.strategy.rollingUpdate: may not be given when the strategy is Recreate → remove it",
    ],
    [
      "a selector that misses its own pods",
      deployment().replace("app: web } }\n  template", "app: wbe } }\n  template"),
      "7:25 spec.template.metadata.labels: `selector` does not match the template's labels → give the template every label of `selector`",
    ],
    [
      "a probe",
      deployment("", "", "livenessProbe: { httpGet: { path: /, port: 80 } }"),
      `11:11 ${POD}.containers[0].livenessProbe: \`livenessProbe\` is not modelled yet → remove it, and say under spec.programs how the container behaves (\`startup\`, \`ready\`)`,
    ],
    [
      "pod affinity",
      deployment("", "affinity: { podAntiAffinity: {} }"),
      `12:19 ${POD}.affinity.podAntiAffinity: \`podAntiAffinity\` is not modelled yet → remove it, or spread the pods by \`topologySpreadConstraints\``,
    ],
    [
      "the host's network",
      deployment("", "hostNetwork: true"),
      `12:7 ${POD}.hostNetwork: \`hostNetwork\` is not modelled yet → remove it; ports of the host would decide where the pod fits`,
    ],
    [
      "a persistent volume",
      deployment("", "volumes: [{ name: d, persistentVolumeClaim: { claimName: d } }]"),
      `12:28 ${POD}.volumes[0].persistentVolumeClaim: \`persistentVolumeClaim\` is not modelled yet → remove it; volumes that must be attached first are not modelled`,
    ],
    [
      "a request beyond its limit",
      deployment("", "", "resources: { requests: { cpu: 2 }, limits: { cpu: 500m } }"),
      `11:41 ${POD}.containers[0].resources.requests.cpu: the request 2 is more than the limit 500m`,
    ],
    [
      "a container without a name",
      deployment().replace("- name: web", "- image: web"),
      `10:11 ${POD}.containers[0].name: is missing`,
    ],
    [
      "two containers of one name",
      deployment().replace("- name: web", "- name: web\n        - name: web"),
      `11:17 ${POD}.containers[1].name: the name \`web\` is taken by item 0`,
    ],
    [
      "pods that are not restarted",
      deployment("", "restartPolicy: Never"),
      `12:22 ${POD}.restartPolicy: found "Never", expected "Always" in a pod template`,
    ],
    [
      "a label that is a number",
      deployment().replace("metadata: { name: web }", "metadata: { name: web, labels: { v: 1 } }"),
      '3:37 metadata.labels.v: found the number 1, expected text → write it in quotes: `"1"`',
    ],
    [
      "a name with capitals",
      deployment().replace("name: web }", "name: Web }"),
      '3:19 metadata.name: found the text "Web", expected a name of lower-case letters, digits, `-` and `.`',
    ],
    ["no name", deployment().replace("metadata: { name: web }", "metadata: {}"), "3:11 metadata.name: is missing"],
    [
      "a wrong apiVersion",
      deployment().replace("apps/v1", "extensions/v1beta1"),
      '1:13 apiVersion: found the text "extensions/v1beta1", which has no Deployment → write `apiVersion: apps/v1`',
    ],
    [
      "a kind that is not modelled",
      "apiVersion: v1\nkind: Service\nmetadata: { name: web }\n",
      "2:7 kind: the kind Service is not modelled yet → remove it from the manifest",
    ],
    [
      "a node",
      "apiVersion: v1\nkind: Node\n",
      "2:7 kind: the kind Node is not modelled yet → nodes come from spec.cluster.nodePools",
    ],
    [
      "a misspelt kind",
      "apiVersion: apps/v1\nkind: Deploymnet\n",
      '2:7 kind: unknown kind "Deploymnet" → did you mean `Deployment`?',
    ],
    ["an unheard-of kind", "apiVersion: v1\nkind: Rocket\n", `2:7 kind: unknown kind "Rocket" → known kinds: ${KNOWN}`],
    ["no kind", "apiVersion: v1\n", `1:1 kind: is missing → known kinds: ${KNOWN}`],
    [
      "a scenario",
      "apiVersion: orrery.dev/v1alpha1\nkind: Scenario\n",
      `2:7 kind: this is a scenario, not a Kubernetes manifest → known kinds: ${KNOWN}`,
    ],
    ["nothing", "", "0:0 : is empty → a Kubernetes manifest is expected here"],
    [
      "a namespace in a namespace",
      "apiVersion: v1\nkind: Namespace\nmetadata: { name: a, namespace: b }\n",
      "3:22 metadata.namespace: `namespace` is not modelled yet → remove it; this kind has no namespace",
    ],
  ];
  it.each(cases)("with %s is refused", (_, text, expected) => {
    expect(read(text).told).toEqual([expected]);
  });
});
