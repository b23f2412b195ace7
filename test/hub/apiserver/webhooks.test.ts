import { beforeEach, describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { Webhook, WebhookConfiguration } from "../../../engine/api/kinds/webhook-configuration.ts";
import { newMeta } from "../../../engine/api/object.ts";
import type { ApiResponse } from "../../../engine/api/wire.ts";
import { type Duration, milliseconds, seconds } from "../../../engine/base/units.ts";
import { webhookFailedOpen, webhookRejected } from "../../../engine/hub/happening.ts";
import type { WebhookBackend } from "../../../engine/hub/webhook/server.ts";
import { frozen, lease, pod } from "../objects.ts";
import { type Asked, Hub } from "../stage.ts";

const AT_ONCE = { minimum: 0 as Duration, median: 0 as Duration, sigma: 0 };
const backend = (name: string, more: Partial<WebhookBackend> = {}): WebhookBackend => ({
  name,
  latency: AT_ONCE,
  verdict: "allow",
  message: "",
  requireLabel: undefined,
  setLabels: {},
  ...more,
});

const BACKENDS = [
  backend("yes"),
  backend("no", { verdict: "deny", message: "not today" }),
  backend("mute", { verdict: "deny" }),
  backend("slow", { latency: { minimum: seconds(5), median: seconds(5), sigma: 0 } }),
  backend("team", { setLabels: { team: "a" } }),
  backend("needs-team", { requireLabel: "team", message: "whose is it?" }),
  backend("late", { setLabels: { team: "z" } }),
];
const PODS = [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }] as const;

const webhook = (service: string, more: Partial<Webhook> = {}): Webhook => ({
  name: `${service}.example.com`,
  clientConfig: { service: { namespace: "policy", name: service, path: "/" } },
  rules: PODS,
  ...more,
});

const configuration = (type: "Mutating" | "Validating", name: string, ...webhooks: Webhook[]): WebhookConfiguration =>
  frozen({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${type}WebhookConfiguration`,
    metadata: newMeta({ name }),
    webhooks,
  });

let hub: Hub;
beforeEach(() => {
  hub = new Hub({ webhooks: BACKENDS });
});

const ask = (asked: Asked) => {
  const { code, error, object } = hub.ask(asked) as ApiResponse;
  return error ? `${code} ${error.message}` : (object ?? code);
};
const created = (name = "web", labels?: Record<string, string>) =>
  ask({ verb: "create", kind: "Pod", object: pod(name, labels ? { meta: { labels } } : {}) });
const labelsOf = (object: unknown) => (object as Pod).metadata.labels;

describe("a validating webhook", () => {
  it("lets pass what it allows", () => {
    hub.create(configuration("Validating", "a", webhook("yes")));
    expect(created()).toMatchObject({ metadata: { name: "web" } });
  });

  it("says no in its own words", () => {
    hub.create(configuration("Validating", "a", webhook("no")));
    expect(created()).toBe('403 admission webhook "no.example.com" denied the request: not today');
    hub.create(configuration("Validating", "a0", webhook("mute")));
    hub.ask({ verb: "delete", kind: "ValidatingWebhookConfiguration", key: "a" });
    expect(created()).toBe('403 admission webhook "mute.example.com" denied the request without explanation');
  });

  it("that does not answer in time refuses with 500, and with failurePolicy Ignore lets pass", () => {
    const told: string[] = [];
    hub.kernel.trace.on(webhookRejected, ({ subject, detail }) => told.push(`${subject} ${detail.errorType}`));
    hub.kernel.trace.on(webhookFailedOpen, ({ subject }) => told.push(`${subject} open`));
    hub.create(configuration("Validating", "a", webhook("slow", { timeoutSeconds: 2 })));
    const before = hub.kernel.now;
    expect(created()).toBe(
      '500 Internal error occurred: failed calling webhook "slow.example.com": failed to call webhook: ' +
        'Post "https://slow.policy.svc:443/?timeout=2s": context deadline exceeded',
    );
    expect(Math.round((hub.kernel.now - before) / 100_000)).toBe(20);
    const ignoring = configuration("Validating", "a", webhook("slow", { timeoutSeconds: 2, failurePolicy: "Ignore" }));
    hub.done({ verb: "update", kind: "ValidatingWebhookConfiguration", object: ignoring });
    expect(created()).toMatchObject({ metadata: { name: "web" } });
    expect(told).toEqual(["slow.example.com calling_webhook_error", "slow.example.com open"]);
  });

  it("waits ten seconds unless it says otherwise", () => {
    hub.create(configuration("Validating", "a", webhook("slow")));
    expect(created()).toMatchObject({ metadata: { name: "web" } });
  });

  it("whose machine is off cannot be asked; neither can one whose program has ended, or that is not there", () => {
    hub.create(configuration("Validating", "a", webhook("yes", { timeoutSeconds: 3 })));
    hub.world.host("webhook-yes").daemons.get("webhook")!.kill();
    expect(created()).toMatch(
      /Post "https:\/\/yes.policy.svc:443\/\?timeout=3s": dial tcp .*: connect: connection refused$/,
    );
    hub.world.host("webhook-yes").crash();
    expect(created()).toMatch(/context deadline exceeded$/);
    hub.create(configuration("Validating", "b", webhook("nobody")));
    hub.ask({ verb: "delete", kind: "ValidatingWebhookConfiguration", key: "a" });
    expect(created()).toMatch(/failed to call webhook: service "nobody" not found$/);
  });

  it("is asked beside the others, so that waiting for two takes no longer than for one", () => {
    hub.create(configuration("Validating", "a", webhook("slow"), webhook("slow", { name: "again.example.com" })));
    const before = hub.kernel.now;
    created();
    expect(Math.round((hub.kernel.now - before) / 100_000)).toBe(50);
  });
});

describe("mutating webhooks", () => {
  it("come before the validating ones, in the order of their names, each after the other", () => {
    hub.create(configuration("Validating", "a", webhook("needs-team")));
    expect(created()).toBe('403 admission webhook "needs-team.example.com" denied the request: whose is it?');
    hub.create(configuration("Mutating", "y", webhook("late")));
    hub.create(configuration("Mutating", "x", webhook("team")));
    expect(labelsOf(created())).toEqual({ team: "z" });
  });

  it("change what is updated, too", () => {
    const [rule] = PODS;
    hub.create(configuration("Mutating", "x", webhook("team", { rules: [{ ...rule, operations: ["UPDATE"] }] })));
    expect(labelsOf(created())).toBeUndefined();
    const patch = (object: unknown) => ({
      ...(object as Pod),
      metadata: { ...(object as Pod).metadata, labels: { app: "web" } },
    });
    expect(labelsOf(ask({ verb: "patch", kind: "Pod", key: "default/web", patch }))).toEqual({ app: "web", team: "a" });
  });
});

describe("a webhook is asked", () => {
  const no = (more: Partial<Webhook>) => hub.create(configuration("Validating", "a", webhook("no", more)));
  const rule = (...parts: Partial<(typeof PODS)[number]>[] | object[]) => ({ rules: [{ ...PODS[0], ...parts[0] }] });

  it("about what its rules name, and nothing else", () => {
    no({
      rules: [
        { operations: ["UPDATE"], apiGroups: ["coordination.k8s.io"], apiVersions: ["v1"], resources: ["leases"] },
      ],
    });
    expect(created()).toMatchObject({ metadata: { name: "web" } });
    const stored = hub.create(lease("n1"));
    // A heartbeat: this is how a webhook takes all nodes down.
    const beat = { ...stored, spec: { leaseDurationSeconds: 1 } };
    expect(ask({ verb: "update", kind: "Lease", object: frozen(beat) })).toMatch(
      /^403 admission webhook "no.example.com" denied/,
    );
  });

  it.each<[string, object, string | RegExp]>([
    ["another group", { apiGroups: ["apps"] }, "web"],
    ["another version", { apiVersions: ["v2"] }, "web"],
    ["every group and resource", { apiGroups: ["*"], resources: ["*"] }, /denied/],
    ["only the subresource", { resources: ["pods/status"] }, "web"],
    ["cluster-wide objects only", { scope: "Cluster" }, "web"],
    ["objects in namespaces", { scope: "Namespaced" }, /denied/],
    ["deletions", { operations: ["DELETE"] }, "web"],
    ["any operation", { operations: ["*"] }, /denied/],
  ])("by its rules: %s", (_, part, expected) => {
    no(rule(part));
    const outcome = created();
    expect(typeof outcome === "string" ? outcome : (outcome as Pod).metadata.name).toMatch(expected);
  });

  it("by the labels of the namespace and of the object", () => {
    no({
      namespaceSelector: {
        matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["default"] }],
      },
    });
    expect(created()).toMatchObject({ metadata: { name: "web" } });
    const elsewhere = pod("web", { meta: { namespace: "kube-public" } });
    expect(ask({ verb: "create", kind: "Pod", object: elsewhere })).toMatch(/denied/);
    hub.ask({ verb: "delete", kind: "ValidatingWebhookConfiguration", key: "a" });
    no({ objectSelector: { matchLabels: { app: "web" } } });
    expect(created("other")).toMatchObject({ metadata: { name: "other" } });
    expect(created("another", { app: "web" })).toMatch(/denied/);
  });

  it("about deletions, evictions and bindings as what they are", () => {
    created();
    no({
      rules: [
        { operations: ["DELETE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
        { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods/binding"] },
      ],
    });
    expect(ask({ verb: "delete", kind: "Pod", key: "default/web" })).toMatch(/denied/);
    const binding = frozen({ ...pod("web"), spec: { containers: [], nodeName: "n1" } });
    expect(ask({ verb: "create", kind: "Pod", key: "default/web", subresource: "binding", object: binding })).toMatch(
      /denied/,
    );
    expect(ask({ verb: "create", kind: "Pod", key: "default/web", subresource: "eviction" })).toMatchObject({
      metadata: { name: "web" },
    });
  });

  it("never about webhook configurations, so that it can always be taken away", () => {
    no({ rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] }] });
    expect(ask({ verb: "delete", kind: "ValidatingWebhookConfiguration", key: "a" })).toMatchObject({
      metadata: { name: "a" },
    });
    expect(created()).toMatchObject({ metadata: { name: "web" } });
  });

  it("not behind a client's back: who has gone gets nothing stored", () => {
    hub.create(configuration("Validating", "a", webhook("slow")));
    const gone = hub.send({ verb: "create", kind: "Pod", object: pod("web") }, 0, milliseconds(500));
    hub.pass(seconds(20));
    expect(gone.response).toMatchObject({ failure: "timeout" });
    expect(hub.commits).not.toContain("created Pod/default/web");
  });
});
