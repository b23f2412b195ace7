/** Whatever happened, once all faults are lifted the cluster becomes whole again: faults that overlap, as they never do on paper. */
import { describe, expect, it } from "vitest";
import { web } from "../stage.ts";
import { cluster, observe } from "./commits.ts";

const STORIES: Readonly<Record<string, readonly string[]>> = {
  "etcd is killed while a rollout begins": [
    "{ at: 2m, fault: kill, target: { component: etcd }, duration: 3m }",
    "{ at: 5m2s, kubectl: rollout restart deployment/web }",
    "{ at: 5m3s, fault: pause, target: { component: kube-scheduler }, duration: 20s }",
  ],
  "all API servers leave in good order, and then the nodes are cut off from etcd's machine": [
    "{ at: 2m, fault: kill, target: { component: kube-apiserver }, graceful: true, duration: 90s }",
    "{ at: 5m, fault: partition, between: [{ role: node }, { component: etcd }], direction: backward, duration: 90s }",
    "{ at: 7m, kubectl: delete pods --all }",
    "{ at: 9m, kubectl: delete pods --all }",
  ],
  "four packets of five are lost between API servers, etcd and controllers": [
    "{ at: 3m, fault: pause, target: { component: kube-controller-manager }, duration: 2m }",
    "{ at: 4m, fault: kill, target: { component: containerd }, graceful: true, duration: 20s }",
    "{ at: 10m, fault: loss, between: [{ component: kube-apiserver }, { role: control-plane }], share: 80%, duration: 2m }",
  ],
  "a third of all packets is lost, the rest comes half a second late": [
    "{ at: 2m, fault: loss, between: [{ role: node }, { role: control-plane }], share: 30% }",
    "{ at: 3m, fault: latency, between: [{ role: node }, { role: control-plane }], delay: 500ms }",
    "{ at: 4m, kubectl: rollout restart deployment/web }",
    "{ at: 5m, fault: kill, target: { component: kubelet }, duration: 30s }",
  ],
  "everybody is cut off from everybody, and the control plane's machines lose power meanwhile": [
    "{ at: 2m, fault: partition, between: [{}, {}], duration: 6m }",
    "{ at: 3m, fault: crash, target: { role: control-plane }, duration: 1m }",
    "{ at: 4m, fault: restart, target: { role: node, fraction: 0.5 } }",
    "{ at: 9m, fault: crash, target: { role: control-plane } }",
  ],
};

describe("after the last fault the cluster converges within ten minutes, though", () => {
  it.each(Object.entries(STORIES))("%s", (_, steps) => {
    for (const seed of [1, 2, 3]) {
      const spec = `duration: 12m
settle: 11m
${cluster(6, "", { servers: 2, managers: 2 })}
timeline:
${steps.map((step) => `  - ${step}`).join("\n")}
expect:
  always: [one-node-per-pod, no-overcommit]
  eventually: [{ converged: all, within: 10m }]`;
      const { record } = observe(spec, { seed, files: { "web.yaml": web(9) } });
      expect(record.reason, `seed ${seed}`).toBe("all 3 promises were kept");
    }
  });
});
