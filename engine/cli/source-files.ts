/** Reads scenario files from the disk. Paths are as the person wrote them, joined with `/`. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import type { SourceFiles } from "../experiment/scenario/source.ts";

export const DISK: SourceFiles = {
  read(path) {
    try {
      return statSync(path).isFile() ? readFileSync(path) : undefined;
    } catch {
      return undefined;
    }
  },
  list(folder) {
    try {
      return readdirSync(folder === "" ? "." : folder).sort();
    } catch {
      return [];
    }
  },
};
