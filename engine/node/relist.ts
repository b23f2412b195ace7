/**
 * The ticks of a kubelet: it looks at its containers every second (PLEG `genericPlegRelistPeriod`), at a phase of its own, so what happens in a
 * container is seen at the next tick. Ticks at which nothing is to be seen are not events.
 */
import { type Duration, type Instant, seconds } from "../base/units.ts";

export const RELIST_PERIOD = seconds(1);

/** The time from `now` until the next tick of this period and phase; never zero. */
export const untilTick = (now: Instant, period: Duration, phase: Duration): Duration => {
  const into = (((now - phase) % period) + period) % period;
  return (period - into) as Duration;
};
