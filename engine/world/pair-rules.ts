/**
 * Rules for traffic between two sets of hosts: cuts, delays, losses. A host carries one bit for each rule that it sends under and one for each
 * that it receives under, so asking about a pair is one AND for every 32 directed rules in force, and nothing at all when none is.
 *
 * A two-way rule takes two bits; a pair that meets both counts once. Hosts added while a rule is in force are not under it.
 */
interface Word<Value> {
  sends: Int32Array;
  receives: Int32Array;
  used: number;
  readonly rules: (Rule<Value> | undefined)[];
}

interface Rule<Value> {
  readonly value: Value;
  /** Stamp of the last question that met this rule. */
  met: number;
}

export class PairRules<Value> {
  /** Directed rules in force: callers ask nothing while it is 0. */
  active = 0;
  private readonly words: Word<Value>[] = [];
  private stamp = 0;

  /** Puts a rule on all traffic from `from` to `to`, and back if `both`. Host numbers; gives what lifts it, once. */
  add(from: readonly number[], to: readonly number[], both: boolean, value: Value): () => void {
    const rule: Rule<Value> = { value, met: 0 };
    const lifts = [this.claim(from, to, rule)];
    if (both) lifts.push(this.claim(to, from, rule));
    return () => {
      for (const lift of lifts.splice(0)) lift();
    };
  }

  /** Whether any rule is on traffic from one host to another. Never for a host and itself. */
  meets(from: number, to: number): boolean {
    if (from === to) return false;
    for (const word of this.words) if ((word.sends[from]! & word.receives[to]!) !== 0) return true;
    return false;
  }

  /** Calls with the value of each rule on this pair. */
  each(from: number, to: number, visit: (value: Value) => void): void {
    if (from === to) return;
    const stamp = ++this.stamp;
    for (const word of this.words) {
      let bits = word.sends[from]! & word.receives[to]!;
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        const rule = word.rules[bit]!;
        if (rule.met === stamp) continue;
        rule.met = stamp;
        visit(rule.value);
      }
    }
  }

  private claim(from: readonly number[], to: readonly number[], rule: Rule<Value>): () => void {
    let word = this.words.find(({ used }) => used !== -1);
    if (word === undefined) {
      word = { sends: new Int32Array(0), receives: new Int32Array(0), used: 0, rules: [] };
      this.words.push(word);
    }
    const free = ~word.used;
    const bit = 31 - Math.clz32(free & -free);
    const owner = word;
    owner.used |= 1 << bit;
    owner.rules[bit] = rule;
    owner.sends = marked(owner.sends, from, 1 << bit);
    owner.receives = marked(owner.receives, to, 1 << bit);
    this.active++;
    return () => {
      owner.used &= ~(1 << bit);
      owner.rules[bit] = undefined;
      for (const host of from) owner.sends[host]! &= ~(1 << bit);
      for (const host of to) owner.receives[host]! &= ~(1 << bit);
      this.active--;
    };
  }
}

/** The masks with this bit set for these hosts, grown if a host lies beyond them. */
function marked(masks: Int32Array, hosts: readonly number[], bit: number): Int32Array {
  let needed = masks.length;
  for (const host of hosts) if (host >= needed) needed = host + 1;
  let result = masks;
  if (needed > masks.length) {
    result = new Int32Array(needed);
    result.set(masks);
  }
  for (const host of hosts) result[host]! |= bit;
  return result;
}
