/** `etcd-writes.csv`: what was written into etcd since the warm-up, by kind. */
import type { EtcdWriteRow } from "../../engine/experiment/record/record.ts";
import { csvReport, rounded } from "./report.ts";

export const etcdWrites = csvReport<EtcdWriteRow>({
  file: "etcd-writes.csv",
  about: "writes into etcd since the warm-up and their bytes, by kind",
  columns: [
    ["kind", (row) => row.kind],
    ["writes", (row) => row.writes],
    ["bytes", (row) => row.bytes],
    ["bytes_per_write", (row) => row.bytesPerWrite],
    ["writes_per_minute", (row) => rounded(row.writesPerMinute)],
    ["bytes_per_minute", (row) => row.bytesPerMinute],
  ],
  finished: (record) => record.etcdWriteRows,
});
