/** Who leads each component and for how long nobody, or more than one, did. Fed by trace events; gives rows for `leases.csv`. */
import type { LeaseChange } from "./record.ts";

interface Term {
  readonly identity: string;
  readonly host: string;
}

interface Seat {
  acting: Term[];
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
    const gapUs = seat.emptySince === undefined ? undefined : time - seat.emptySince;
    seat.emptySince = undefined;
    seat.acting.push({ identity, host });
    if (seat.acting.length === 2) seat.crowdedSince = time;
    this.tell(change(time, lease, "started-leading", identity, "", { gapUs }));
  }

  stopped(time: number, lease: string, identity: string, why: string): void {
    const seat = this.seat(lease);
    const before = seat.acting.length;
    seat.acting = seat.acting.filter((term) => term.identity !== identity);
    if (seat.acting.length === before) return;
    let overlapUs: number | undefined;
    if (seat.acting.length === 1 && seat.crowdedSince !== undefined) {
      overlapUs = time - seat.crowdedSince;
      seat.crowdedSince = undefined;
    }
    if (seat.acting.length === 0) seat.emptySince = time;
    this.tell(change(time, lease, "stopped-leading", identity, why, { overlapUs }));
  }

  /** A daemon has ended: whatever it led, it leads no more. */
  ended(time: number, host: string, daemon: string, why: string): void {
    for (const [lease, seat] of this.seats)
      if (lease.endsWith(`/${daemon}`))
        for (const term of seat.acting) if (term.host === host) this.stopped(time, lease, term.identity, why);
  }

  private seat(lease: string): Seat {
    let seat = this.seats.get(lease);
    if (!seat) {
      seat = { acting: [], emptySince: undefined, crowdedSince: undefined };
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
