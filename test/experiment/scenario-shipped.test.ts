import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scenarioJsonSchema } from "../../engine/experiment/scenario/json-schema.ts";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";
import type { SourceFiles } from "../../engine/experiment/scenario/source.ts";

const folder = new URL("../../scenarios/", import.meta.url);
const onDisk: SourceFiles = {
  read(path) {
    try {
      return readFileSync(new URL(path, folder));
    } catch {
      return undefined;
    }
  },
};
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe("the shipped scenarios", () => {
  it.each(names)("%s is read without a problem, is called as its folder, and has a story", (name) => {
    const outcome = readScenario(onDisk, `${name}/${name}.yaml`);
    expect("problems" in outcome ? formatProblems(outcome.problems) : "").toBe("");
    if ("problems" in outcome) return;
    expect(outcome.scenario.name).toBe(name);
    expect(outcome.scenario.story.length).toBeGreaterThan(40);
    const { manifests, timeline, expect: expected } = outcome.scenario;
    expect(manifests.length + timeline.length + expected.measure.length).toBeGreaterThan(0);
  });

  it("come with the schema that editors check them against, as it is now", () => {
    const file = new URL("scenario.schema.json", folder);
    const text = `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
    if (process.env["GOLDEN"] === "write") writeFileSync(file, text);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});
