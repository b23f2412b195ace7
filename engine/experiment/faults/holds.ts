/** Who holds what down. A machine or a process that several faults keep down, or paused, comes back with the last of them. */
import { assert } from "../../base/assert.ts";

export class Holds {
  private readonly counts = new Map<object, Map<string, number>>();

  /** One more fault holds it. `what`: the switch that it is about. */
  take(whom: object, what: string): void {
    let switches = this.counts.get(whom);
    if (switches === undefined) {
      switches = new Map();
      this.counts.set(whom, switches);
    }
    switches.set(what, (switches.get(what) ?? 0) + 1);
  }

  /** One fault holds it no more. True when no other does: then it may come back. */
  release(whom: object, what: string): boolean {
    const switches = this.counts.get(whom);
    const left = (switches?.get(what) ?? 0) - 1;
    assert(left >= 0, "what is released was held");
    switches!.set(what, left);
    return left === 0;
  }
}
