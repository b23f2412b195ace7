import { describe, expect, it } from "vitest";
import { parseAxes, variationsOf } from "../../../engine/experiment/explore/vary.ts";

const combinations = (...texts: string[]) => {
  const parsed = parseAxes(texts);
  if ("problems" in parsed) throw new Error(parsed.problems.join("; "));
  return variationsOf(parsed.axes).map(({ overrides }) => overrides);
};
const problems = (...texts: string[]) => {
  const parsed = parseAxes(texts);
  return "problems" in parsed ? parsed.problems : [];
};

describe("--vary", () => {
  it("without any there is one variation, which changes nothing", () => {
    expect(combinations()).toEqual([[]]);
  });

  it("several make every combination, the first one changing slowest", () => {
    expect(combinations("a.b=1,2", "c[0].d=x, y ,z")).toEqual([
      ["a.b=1", "c[0].d=x"],
      ["a.b=1", "c[0].d=y"],
      ["a.b=1", "c[0].d=z"],
      ["a.b=2", "c[0].d=x"],
      ["a.b=2", "c[0].d=y"],
      ["a.b=2", "c[0].d=z"],
    ]);
  });

  it("takes paths with commas and equal signs in brackets, and values with equal signs", () => {
    expect(combinations('a["b,c=d"]=--x=1,--x=2')).toEqual([['a["b,c=d"]=--x=1'], ['a["b,c=d"]=--x=2']]);
  });

  it("tells all that is wrong at once", () => {
    expect(problems("a", "=1", "a b=1", "c=1,,2", "d=1,1", "e=[1,2]", "f=1", "f=2")).toEqual([
      expect.stringMatching(/^--vary a: is not of the form path=a,b,c/),
      expect.stringMatching(/^--vary =1: is not of the form/),
      expect.stringMatching(/^--vary a b=1: `a b` is not a path/),
      expect.stringMatching(/^--vary c=1,,2: one of the values is empty/),
      "--vary d=1,1: the value 1 is named twice",
      expect.stringMatching(/^--vary e=\[1,2\]: `\[1` is a piece of a list/),
      "--vary f=2: this path is varied twice",
    ]);
  });

  it("refuses more combinations than anybody means", () => {
    const many = Array.from({ length: 101 }, (_, i) => i).join(",");
    expect(problems(`a=${many}`, `b=${many}`)).toEqual(["--vary: 10201 combinations are more than 10000"]);
  });
});
