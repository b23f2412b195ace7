import { expect, it } from "vitest";
import { listed } from "../../engine/cli/commands/list.ts";

it("tells of each fault whom it strikes, for how long, and what it can be told", () => {
  const text = listed("faults", true);
  expect(text).toContain(`  kill
      ends a process, at once or gracefully; it starts again when the fault
      ends
      · target: processes, by component or leaderOf
      · duration (optional)
      · graceful (boolean, default false): SIGTERM first, and time to finish
      · grace (duration, default 30s): how long a graceful end may take
        before SIGKILL`);
  expect(text).toContain("      · direction (both | forward | backward, default both): forward: only");
  expect(text).toContain("      · share (fraction, required): of the packets, both ways");
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

it("tells of each program what it can be told", () => {
  expect(listed("programs", true)).toMatch(/ {2}crashing\n.*\n(.*\n)*? {6}· runs \(duration/);
});

it("keeps to a sentence each when everything is listed", () => {
  expect(listed("faults", false)).toMatch(/^faults\n {2}partition\n.*\n {2}flapping-link\n/);
});
