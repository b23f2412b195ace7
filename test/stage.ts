/** A stage for whole runs: scenarios written in the test, files in memory, everything that came of it in hand. */

import type { Entry, RunRecord } from "../engine/experiment/record/record.ts";
import { Run } from "../engine/experiment/run.ts";
import { formatProblems } from "../engine/experiment/scenario/problem.ts";
import { readScenario } from "../engine/experiment/scenario/read.ts";
import type { Scenario } from "../engine/experiment/scenario/scenario.ts";
import type { SourceFiles } from "../engine/experiment/scenario/source.ts";

/** Files by path, as text. */
export const inMemory = (files: Readonly<Record<string, string>>): SourceFiles => ({
  read: (path) => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path])),
  list: () => Object.keys(files),
});

/** A scenario from the text of its `spec`, which must be well formed. */
export function scenarioOf(
  spec: string,
  files: Readonly<Record<string, string>> = {},
  overrides: readonly string[] = [],
): Scenario {
  const indented = spec
    .trim()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  const text = `apiVersion: orrery.dev/v1alpha1\nkind: Scenario\nmetadata: { name: test, annotations: { story: A test. } }\nspec:\n${indented}\n`;
  const outcome = readScenario(inMemory({ ...files, "test.yaml": text }), "test.yaml", overrides);
  if ("problems" in outcome) throw new Error(formatProblems(outcome.problems));
  return outcome.scenario;
}

export interface Played {
  readonly run: Run;
  readonly record: RunRecord;
  readonly entries: readonly Entry[];
}

/** Plays to the end. `watch` may listen before anything happens. */
export function play(scenario: Scenario, seed: number | string = 1, watch?: (run: Run) => void): Played {
  const entries: Entry[] = [];
  const run = new Run(scenario, { seed, version: "test", observe: (entry) => entries.push(entry) });
  watch?.(run);
  while (!run.advance(100_000));
  return { run, record: run.record(), entries };
}

/** A manifest of a small Deployment. */
export const web = (replicas = 3, more = ""): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example/web:1
          resources: { requests: { cpu: 100m, memory: 64Mi } }
${more}`;
