/** `invariants.csv`: each promise of the scenario and how it was kept. */
import type { PromiseRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds, rounded } from "./report.ts";

export const invariants = csvReport<PromiseRow>({
  file: "invariants.csv",
  about: "promises and how they were kept",
  columns: [
    ["promise", (row) => row.name],
    ["kind", (row) => row.kind],
    ["verdict", (row) => row.verdict],
    ["violations", (row) => row.violations],
    ["first_at_s", (row) => inSeconds(row.firstAt)],
    ["measured", (row) => rounded(row.measured)],
    ["said", (row) => row.said],
  ],
  finished: (record) => record.promises,
});
