import { describe, expect, it } from "vitest";
import { Store, type Transaction } from "../../../engine/hub/etcd/store.ts";
import { lease, pod } from "../objects.ts";

const put = (name: string, expected = 0): Transaction => ({
  kind: "Pod",
  key: `default/${name}`,
  expected,
  object: pod(name),
  by: "test",
  from: "here",
});
const remove = (name: string, expected: number): Transaction => ({ ...put(name, expected), object: undefined });

describe("the store", () => {
  it("counts every write of any kind under one revision, which it writes into the object", () => {
    const store = new Store();
    store.commit(put("a"));
    store.commit({
      kind: "Lease",
      key: "kube-node-lease/n",
      expected: 0,
      object: lease("n"),
      by: "test",
      from: "here",
    });
    store.commit(put("b"));
    expect(store.get("Pod", "default/a")?.metadata.resourceVersion).toBe(2);
    expect(store.get("Lease", "kube-node-lease/n")?.metadata.resourceVersion).toBe(3);
    expect(store.get("Pod", "default/b")?.metadata.resourceVersion).toBe(4);
    expect(store.revision).toBe(4);
  });

  it("creates only what is not there", () => {
    const store = new Store();
    store.commit(put("a"));
    const second = store.commit(put("a"));
    expect(second.succeeded).toBe(false);
    expect(second).toMatchObject({ revision: 2, current: { metadata: { name: "a", resourceVersion: 2 } } });
  });

  it("updates and deletes only at the expected revision, and says what is there instead", () => {
    const store = new Store();
    store.commit(put("a"));
    expect(store.commit(put("a", 7))).toMatchObject({
      succeeded: false,
      current: { metadata: { resourceVersion: 2 } },
    });
    expect(store.commit(remove("a", 7)).succeeded).toBe(false);
    expect(store.commit(put("a", 2))).toMatchObject({ succeeded: true, revision: 3 });
    expect(store.commit(remove("a", 3))).toMatchObject({ succeeded: true, revision: 4 });
    expect(store.get("Pod", "default/a")).toBeUndefined();
  });

  it("deletes nothing where there is nothing", () => {
    const store = new Store();
    expect(store.commit(remove("a", 0))).toEqual({ succeeded: false, revision: 1, current: undefined });
    expect(store.revision).toBe(1);
  });

  it("tells a deletion with the last state under the revision of the deletion", () => {
    const store = new Store();
    store.commit(put("a"));
    const gone = store.commit(remove("a", 2));
    expect(gone).toMatchObject({
      change: {
        type: "deleted",
        object: { metadata: { resourceVersion: 3 } },
        old: { metadata: { resourceVersion: 2 } },
      },
    });
  });

  it("gives the history from a revision on, until it is compacted away", () => {
    const store = new Store();
    for (const name of ["a", "b", "c"]) store.commit(put(name));
    const revisions = (from: number) => store.since(from)?.map((change) => change.revision);
    expect(revisions(0)).toEqual([2, 3, 4]);
    expect(revisions(3)).toEqual([3, 4]);
    expect(revisions(5)).toEqual([]);
    store.compact(3);
    expect(revisions(2)).toBeUndefined();
    expect(revisions(3)).toEqual([3, 4]);
    expect(store.get("Pod", "default/a")?.metadata.name).toBe("a");
  });

  it("lets one API server at a time record its turn to compact, at the price of a revision", () => {
    const store = new Store();
    expect(store.recordCompaction(0, 0)).toEqual({ succeeded: true, record: { version: 1, revision: 0 } });
    expect(store.recordCompaction(0, 5)).toEqual({ succeeded: false, record: { version: 1, revision: 0 } });
    expect(store.recordCompaction(1, 5)).toEqual({ succeeded: true, record: { version: 2, revision: 5 } });
    expect(store.revision).toBe(3);
  });
});
