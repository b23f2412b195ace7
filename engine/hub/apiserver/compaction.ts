/**
 * Forgets etcd's old history, as the API servers agree among themselves (apiserver `pkg/storage/etcd3/compact.go`): each interval everyone tries to
 * record that it is its turn; who succeeds compacts to the revision that it saw one interval before, and the others take over what was recorded. So the
 * first round only records, and between one and two intervals of history are always there.
 */
import type { Duration } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import { EtcdError } from "../etcd/protocol.ts";
import type { EtcdClient } from "./etcd-client.ts";

export function* compactEvery(interval: Duration, link: EtcdClient): Process {
  let expected = 0;
  let revision = 0;
  for (;;) {
    yield* sleep(interval);
    const recorded = yield* link.inquire<"record-compaction">({ method: "record-compaction", expected, revision });
    if (recorded instanceof EtcdError) continue;
    expected = recorded.record.version;
    if (recorded.succeeded && revision !== 0) yield* link.inquire<"compact">({ method: "compact", revision });
    revision = recorded.revision;
  }
}
