/**
 * How the server's seats are shared out anew every ten seconds: each level gets at least its lower bound, the rest goes by max-min fairness to where the
 * demand is. Behaviour of apiserver `pkg/util/flowcontrol/{apf_controller,conc_alloc}.go`.
 */

export interface Claim {
  readonly lowerBound: number;
  readonly upperBound: number;
  /** What it would like, not below the lower bound. */
  readonly target: number;
}

/** What a level needs to be known by. */
export interface Demand {
  readonly minimum: number;
  readonly nominal: number;
  readonly maximum: number;
  /** The most seats wanted at once since the last time. */
  readonly highWatermark: number;
  readonly smoothed: number;
}

/** The seats of each level, in the order given. `total` is the sum of the nominal seats. */
export function currentLimits(demands: readonly Demand[], total: number): readonly number[] {
  const claims = demands.map(({ minimum, nominal, maximum, highWatermark, smoothed }) => {
    const lowerBound = Math.max(minimum, Math.min(nominal, highWatermark));
    return { lowerBound, upperBound: maximum, target: Math.max(lowerBound, smoothed) };
  });
  return allocate(claims, total).map(Math.round);
}

/**
 * Shares of `total` between each claim's bounds, as nearly proportional to the targets as the bounds allow: every share is a common fraction of its target,
 * brought within its bounds. When the bounds leave no such fraction, the bound that is nearest.
 */
export function allocate(claims: readonly Claim[], total: number): readonly number[] {
  const at = (fraction: number) =>
    claims.map(({ lowerBound, upperBound, target }) => Math.min(upperBound, Math.max(lowerBound, fraction * target)));
  // The sum grows with the fraction, bending where a share leaves or reaches a bound; between two bends it is a straight line.
  const bends = claims
    .flatMap(({ lowerBound, upperBound, target }) => (target > 0 ? [lowerBound / target, upperBound / target] : []))
    .sort((a, b) => a - b);
  let [below, above] = [0, bends.at(-1) ?? 0];
  for (const bend of bends) {
    if (sum(at(bend)) <= total) below = bend;
    else {
      above = bend;
      break;
    }
  }
  const [low, high] = [sum(at(below)), sum(at(above))];
  return at(high > low ? below + ((above - below) * (total - low)) / (high - low) : below);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
