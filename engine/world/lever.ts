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
  /** There are three or four kinds, and thousands of programs. */
  private made: readonly { readonly kind: LeverKind<unknown>; readonly lever: unknown }[] = [];

  of<T>(kind: LeverKind<T>): T {
    const known = this.made.find((each) => each.kind === kind);
    if (known !== undefined) return known.lever as T;
    const lever = kind.make();
    this.made = [...this.made, { kind, lever }];
    return lever;
  }
}
