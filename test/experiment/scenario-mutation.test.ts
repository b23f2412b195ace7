/** Whatever somebody does to a scenario file, it is read or refused, with every problem at a place; reading never breaks. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";

const folder = new URL("../../scenarios/", import.meta.url);
const shipped = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(new URL(name, folder)).map((file) => ({ name, file })));
const textOf = (name: string, file: string): string => readFileSync(new URL(`${name}/${file}`, folder), "utf8");

/** One slip: a piece of text is replaced by another. */
const slip = fc.record({
  at: fc.nat(),
  length: fc.nat(12),
  by: fc.oneof(
    fc.constantFrom(
      "",
      " ",
      "\n",
      "\t",
      ": ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      '"',
      "'",
      "&a ",
      "*a",
      "<<: ",
      "|",
      "---\n",
      "null",
      "~",
    ),
    fc.constantFrom(
      "constructor",
      "__proto__",
      "toString",
      "-1",
      "0",
      "1e999",
      ".nan",
      "0x10",
      "true",
      "10 minutes",
      "120%",
    ),
    fc.string({ maxLength: 6 }),
  ),
});

const changed = (text: string, slips: readonly { at: number; length: number; by: string }[]): string =>
  slips.reduce((before, { at, length, by }) => {
    const from = at % (before.length + 1);
    return before.slice(0, from) + by + before.slice(from + length);
  }, text);

describe("a shipped scenario with slips of the pen", () => {
  it("is read or refused, and never breaks the reader", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...shipped),
        fc.array(slip, { minLength: 1, maxLength: 3 }),
        ({ name, file }, slips) => {
          const files = {
            read(path: string) {
              if (!shipped.some((each) => each.name === name && each.file === path)) return undefined;
              const text = textOf(name, path);
              return new TextEncoder().encode(path === file ? changed(text, slips) : text);
            },
          };
          const outcome = readScenario(files, `${name}.yaml`);
          if ("problems" in outcome) {
            expect(outcome.problems.length).toBeGreaterThan(0);
            expect(formatProblems(outcome.problems)).not.toMatch(/undefined|\[object|NaN:/);
          } else JSON.stringify(outcome.scenario);
        },
      ),
      { numRuns: 600, seed: 7 },
    );
  }, 60_000);

  it("is refused when it is nested beyond reason, or refers to itself", () => {
    const read = (text: string) => {
      const outcome = readScenario({ read: () => new TextEncoder().encode(text) }, "s.yaml");
      return "problems" in outcome ? formatProblems(outcome.problems) : "";
    };
    expect(read(`a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`)).toMatch(/nested too deeply/);
    expect(read("a: &a [*a]\n")).toMatch(/refers to itself/);
  });
});
