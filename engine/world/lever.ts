/**
 * Things that a program's software lets others disturb: a gate on the streams that it reads, the answers that it gives. The software asks its daemon
 * for the lever and heeds it; a fault asks the daemon's control for the same one and pulls it.
 *
 * A lever belongs to the program, not to a life: what is disturbed stays so over a restart. The world does not know what a lever does.
 */
export interface LeverKind<T> {
  /** For people. */
  readonly name: string;
  /** A lever that nobody has pulled. */
  make(): T;
}

/** The levers of one program, each made when it is first asked for. */
export class Levers {
  private readonly made = new Map<LeverKind<unknown>, unknown>();

  of<T>(kind: LeverKind<T>): T {
    let lever = this.made.get(kind) as T | undefined;
    if (lever === undefined) {
      lever = kind.make();
      this.made.set(kind, lever);
    }
    return lever;
  }
}
