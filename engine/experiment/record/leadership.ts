/**
 * Who leads each component and for how long nobody, or more than one, did. Fed by trace events; gives rows for `leases.csv`.
 * A paused process does not act: its pause counts neither as leading nor as overlap, and it acts again when it goes on.
 */
import type { LeaseChange } from "./record.ts";

interface Term {
  readonly identity: string;
  readonly host: string;
  paused: boolean;
}

interface Seat {
  terms: Term[];
  /** Since when nobody acts; undefined while somebody does, and before the first leader. */
  emptySince: number | undefined;
  /** Since when more than one acts. */
  crowdedSince: number | undefined;
}

export class Leadership {
  private readonly seats = new Map<string, Seat>();
  private readonly tell: (change: LeaseChange) => void;

  constructor(tell: (change: LeaseChange) => void) {
    this.tell = tell;
  }

  acquired(time: number, lease: string, holder: string, transitions: number): void {
    this.tell(change(time, lease, "acquired", holder, "", { transitions }));
  }

  released(time: number, lease: string, holder: string): void {
    this.tell(change(time, lease, "released", holder, "given back"));
  }

  started(time: number, lease: string, identity: string, host: string): void {
    const seat = this.seat(lease);
    seat.terms.push({ identity, host, paused: false });
    const { gapUs } = this.recount(time, seat);
    this.tell(change(time, lease, "started-leading", identity, "", { gapUs }));
  }

  stopped(time: number, lease: string, identity: string, why: string): void {
    const seat = this.seat(lease);
    const before = seat.terms.length;
    seat.terms = seat.terms.filter((term) => term.identity !== identity);
    if (seat.terms.length === before) return;
    const { overlapUs } = this.recount(time, seat);
    this.tell(change(time, lease, "stopped-leading", identity, why, { overlapUs }));
  }

  /** A daemon has ended: whatever it led, it leads no more. */
  ended(time: number, host: string, daemon: string, why: string): void {
    for (const [lease, seat] of this.seats)
      if (lease.endsWith(`/${daemon}`))
        for (const term of seat.terms) if (term.host === host) this.stopped(time, lease, term.identity, why);
  }

  /** A daemon was paused, or goes on. */
  paused(time: number, host: string, daemon: string, paused: boolean): void {
    for (const [lease, seat] of this.seats) {
      if (!lease.endsWith(`/${daemon}`)) continue;
      const term = seat.terms.find((candidate) => candidate.host === host && candidate.paused !== paused);
      if (!term) continue;
      term.paused = paused;
      this.tell(change(time, lease, paused ? "paused" : "resumed", term.identity, "", this.recount(time, seat)));
    }
  }

  /** Looks at how many act from now on; gives the gap or the overlap that has just ended. */
  private recount(time: number, seat: Seat): { gapUs: number | undefined; overlapUs: number | undefined } {
    const acting = seat.terms.filter((term) => !term.paused).length;
    const gapUs = acting > 0 && seat.emptySince !== undefined ? time - seat.emptySince : undefined;
    const overlapUs = acting < 2 && seat.crowdedSince !== undefined ? time - seat.crowdedSince : undefined;
    seat.emptySince = acting > 0 ? undefined : (seat.emptySince ?? time);
    seat.crowdedSince = acting < 2 ? undefined : (seat.crowdedSince ?? time);
    return { gapUs, overlapUs };
  }

  private seat(lease: string): Seat {
    let seat = this.seats.get(lease);
    if (!seat) {
      seat = { terms: [], emptySince: undefined, crowdedSince: undefined };
      this.seats.set(lease, seat);
    }
    return seat;
  }
}

function change(
  time: number,
  lease: string,
  what: LeaseChange["change"],
  holder: string,
  why: string,
  more: Partial<LeaseChange> = {},
): LeaseChange {
  return {
    time,
    lease,
    change: what,
    holder,
    transitions: undefined,
    gapUs: undefined,
    overlapUs: undefined,
    why,
    ...more,
  };
}
