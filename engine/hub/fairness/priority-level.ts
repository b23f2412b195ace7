/**
 * Priority levels: shares of the server's seats. Nominal seats follow from the shares, and how many a level may lend and borrow from its
 * configuration. Behaviour of apiserver `pkg/util/flowcontrol/apf_controller.go` (`finishQueueSetReconfigs`).
 */

export interface Queuing {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

/** As `flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration` has it, without what does not count. */
export interface PriorityLevel {
  readonly name: string;
  readonly exempt: boolean;
  readonly nominalConcurrencyShares: number;
  readonly lendablePercent: number;
  /** Unset: up to everything the server has. */
  readonly borrowingLimitPercent?: number;
  /** Unset: requests that find no seat are refused. */
  readonly queuing?: Queuing;
}

/** Seats of a level in the sum of all levels. */
export interface LevelLimits {
  readonly nominal: number;
  /** What it keeps whatever others want. */
  readonly minimum: number;
  readonly maximum: number;
}

/** The limits of each level, in the order given. */
export function levelLimits(levels: readonly PriorityLevel[], serverSeats: number): readonly LevelLimits[] {
  const shares = levels.reduce((sum, level) => sum + level.nominalConcurrencyShares, 0);
  return levels.map(({ nominalConcurrencyShares, lendablePercent, borrowingLimitPercent }) => {
    const nominal = shares === 0 ? 0 : Math.ceil((serverSeats * nominalConcurrencyShares) / shares);
    const lendable = Math.round((nominal * lendablePercent) / 100);
    const borrowing =
      borrowingLimitPercent === undefined ? serverSeats : Math.round((nominal * borrowingLimitPercent) / 100);
    return { nominal, minimum: nominal - lendable, maximum: nominal + borrowing };
  });
}

/** The most seats that one request may ask for (`request/width.go`, `maxSeatsFunc`): 15 % of the level, and so few that a hand of them fits. */
export function maxSeatsOfRequest(nominal: number, handSize: number): number {
  return Math.max(1, Math.min(Math.ceil(0.15 * nominal), Math.floor(nominal / handSize)));
}
