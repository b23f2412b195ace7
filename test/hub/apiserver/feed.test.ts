import { describe, expect, it } from "vitest";
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import { milliseconds, seconds } from "../../../engine/base/units.ts";
import { CallError } from "../../../engine/world/rpc.ts";
import { lease } from "../objects.ts";
import { Hub } from "../stage.ts";

const KEY = "default/beat";

/** etcd is away for `down`; as soon as one server reaches it again a write goes through there; a reader of the other waits for what is newest. */
function overAnOutage(seed: number, down: number): { readonly written: unknown; readonly cached: unknown } {
  const hub = new Hub({ servers: 2, seed });
  const first = hub.create(lease("beat", { holderIdentity: "before" }, { namespace: "default" }));
  hub.pass(seconds(1));
  hub.etcd.kill();
  hub.pass(seconds(down));
  hub.etcd.start();
  let written = false;
  for (let turn = 0; turn < 40; turn++) {
    hub.send({ verb: "list", kind: "Lease", list: { resourceVersion: first.metadata.resourceVersion + 1_000 } });
    if (!written) {
      const object = lease("beat", { holderIdentity: "after" }, { ...first.metadata });
      const answer = hub.ask({ verb: "update", kind: "Lease", object }, 1);
      written = !(answer instanceof CallError) && answer.code === 200;
    }
    hub.pass(milliseconds(100));
  }
  hub.pass(seconds(20));
  const read = (resourceVersion?: number) => {
    const list = resourceVersion === undefined ? {} : { resourceVersion };
    return hub.done<Lease>({ verb: "get", kind: "Lease", key: KEY, list }).spec.holderIdentity;
  };
  return { written: read(), cached: read(0) };
}

describe("the feed of the watch caches", () => {
  it("misses no change over an outage of etcd, whoever waits for the newest revision meanwhile", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { written, cached } = overAnOutage(seed, 5 + seed);
      expect(written).toBe("after");
      expect(cached, `seed ${seed}`).toBe(written);
    }
  });

  it("is taken up again as soon as the server's requests reach etcd again, not a back-off of its own later", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const hub = new Hub({ seed });
      const first = hub.create(lease("beat", { holderIdentity: "before" }, { namespace: "default" }));
      hub.etcd.kill();
      hub.pass(seconds(180));
      hub.etcd.start();
      const object = lease("beat", { holderIdentity: "after" }, { ...first.metadata });
      for (let turn = 0; turn < 20; turn++) {
        const answer = hub.ask({ verb: "update", kind: "Lease", object });
        if (!(answer instanceof CallError) && answer.code === 200) break;
      }
      hub.pass(seconds(1));
      const cached = hub.done<Lease>({ verb: "get", kind: "Lease", key: KEY, list: { resourceVersion: 0 } });
      expect(cached.spec.holderIdentity, `seed ${seed}`).toBe("after");
    }
  });
});
