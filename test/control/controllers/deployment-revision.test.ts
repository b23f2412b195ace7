import { describe, expect, it } from "vitest";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { sortOut } from "../../../engine/control/controllers/deployment-replica-sets.ts";
import {
  annotationsAtRevision,
  expendable,
  nextRevision,
  REVISION,
  REVISION_HISTORY,
  rollbackTemplate,
} from "../../../engine/control/controllers/deployment-revision.ts";
import {
  POD_TEMPLATE_HASH,
  sameTemplate,
  templateHash,
  withHash,
} from "../../../engine/control/controllers/deployment-template.ts";
import { aDeployment, aReplicaSet, at, templateOf } from "./workload-builder.ts";

const atRevision = (revision: number, image: string, replicas = 0, created = revision): ReplicaSet => {
  const { metadata, spec } = templateOf(image);
  const template = { metadata: { labels: withHash(metadata?.labels, `h${revision}`) }, spec };
  const meta = { annotations: { [REVISION]: String(revision) }, creationTimestamp: at(created) };
  return aReplicaSet(`web-${revision}`, replicas, {}, meta, template);
};

describe("rolling back", () => {
  const history = [atRevision(1, "web:1"), atRevision(3, "web:3", 10), atRevision(2, "web:2")];
  const deployment = aDeployment({ template: templateOf("web:3") });

  it("goes to the revision before the present, without its hash", () => {
    expect(rollbackTemplate(deployment, history)).toEqual({ template: templateOf("web:2"), revision: 2 });
  });

  it("goes to a revision by number", () => {
    expect(rollbackTemplate(deployment, history, 1)).toEqual({ template: templateOf("web:1"), revision: 1 });
  });

  it.each([
    ["a revision that is not there", 7, {}, "unable to find specified revision 7 in history"],
    ["the present revision", 3, {}, "skipped rollback (current template already matches revision 3)"],
    ["any while paused", 1, { paused: true }, /^you cannot rollback a paused deployment/],
  ])("is refused for %s", (_, revision, spec, why) => {
    const outcome = rollbackTemplate(aDeployment({ template: templateOf("web:3"), ...spec }), history, revision);
    expect(outcome).toEqual({ refused: typeof why === "string" ? why : expect.stringMatching(why) });
  });

  it("is refused without a history", () => {
    expect(rollbackTemplate(deployment, [history[1]!])).toEqual({
      refused: 'no rollout history found for deployment "web"',
    });
  });

  it("makes the old ReplicaSet the new one, with the highest number, its former number remembered", () => {
    const back = aDeployment({ template: templateOf("web:1") });
    const { fresh, old } = sortOut(back, history);
    expect(fresh?.metadata.name).toBe("web-1");
    expect(nextRevision(old)).toBe(4);
    const annotations = annotationsAtRevision(back, fresh?.metadata.annotations, 4);
    expect(annotations).toEqual({ [REVISION]: "4", [REVISION_HISTORY]: "1" });
    expect(annotationsAtRevision(back, annotations, 4)).toBe(annotations);
  });
});

describe("the annotations of the new ReplicaSet", () => {
  it("are the Deployment's, but for its revision and what kubectl keeps there", () => {
    const annotations = {
      note: "why",
      [REVISION]: "8",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    };
    const result = annotationsAtRevision(aDeployment({}, {}, { annotations }), undefined, 1);
    expect(result).toEqual({ note: "why", [REVISION]: "1" });
  });

  it("never lower the revision", () => {
    const current = { [REVISION]: "5" };
    expect(annotationsAtRevision(aDeployment(), current, 3)).toBe(current);
  });

  it("let the oldest numbers fall off a history of 2,000 characters", () => {
    const history = Array.from({ length: 500 }, (_, i) => String(100 + i)).join(); // 1,999 characters
    const current = { [REVISION]: "999", [REVISION_HISTORY]: history };
    const kept = annotationsAtRevision(aDeployment(), current, 1_000)[REVISION_HISTORY]!;
    expect(kept.length).toBeLessThanOrEqual(2_000);
    expect(kept.startsWith("101,")).toBe(true);
    expect(kept.endsWith(",599,999")).toBe(true);
  });
});

describe("the history limit", () => {
  it("takes the oldest revisions first, and only sets that are done with", () => {
    const busy = atRevision(1, "web:1", 2);
    const unseen = { ...atRevision(2, "web:2"), metadata: { ...atRevision(2, "web:2").metadata, generation: 9 } };
    const old = [atRevision(4, "web:4"), atRevision(3, "web:3"), unseen, busy, atRevision(5, "web:5")];
    const names = expendable(aDeployment({ revisionHistoryLimit: 1 }), old).map((set) => set.metadata.name);
    expect(names).toEqual(["web-3", "web-4"]);
  });

  it("does not count sets that are being deleted, and may be lifted", () => {
    const going = atRevision(1, "web:1");
    const old = [{ ...going, metadata: { ...going.metadata, deletionTimestamp: at(9) } }, atRevision(2, "web:2")];
    expect(expendable(aDeployment({ revisionHistoryLimit: 1 }), old)).toEqual([]);
    expect(expendable(aDeployment({ revisionHistoryLimit: 2_147_483_647 }), old)).toEqual([]);
    expect(expendable(aDeployment({ revisionHistoryLimit: 0 }), old)).toHaveLength(1);
  });
});

describe("a pod template", () => {
  it("is the same whatever the order of its fields, its hash label and what is undefined", () => {
    const hashed = { ...templateOf("web:1"), metadata: { labels: { [POD_TEMPLATE_HASH]: "x", app: "web" } } };
    const turned = { spec: { containers: [{ image: "web:1", name: "web", resources: undefined as never }] } };
    expect(sameTemplate(hashed, { metadata: { labels: { app: "web" }, annotations: {} }, ...turned })).toBe(true);
    expect(sameTemplate(hashed, templateOf("web:2"))).toBe(false);
    expect(sameTemplate(hashed, { ...hashed, metadata: { labels: { app: "api" } } })).toBe(false);
  });

  it("has a hash in letters that follows the template and the number of collisions", () => {
    const hash = templateHash(templateOf("web:1"), undefined);
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{4,10}$/);
    expect(templateHash(structuredClone(templateOf("web:1")), undefined)).toBe(hash);
    const others = [templateHash(templateOf("web:1"), 0), templateHash(templateOf("web:1"), 1)];
    expect(new Set([hash, ...others, templateHash(templateOf("web:2"), undefined)]).size).toBe(4);
  });

  it("finds the oldest of several equal ReplicaSets", () => {
    const twins = [atRevision(2, "web:1", 0, 20), atRevision(1, "web:1", 0, 10)];
    expect(sortOut(aDeployment(), twins).fresh?.metadata.name).toBe("web-1");
  });
});
