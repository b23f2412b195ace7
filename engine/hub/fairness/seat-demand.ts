/**
 * How many seats a level has wanted, in use and waiting together: integrated over time between two looks, and smoothed from look to look. Behaviour of apiserver
 * `pkg/util/flowcontrol/fairqueuing/integrator.go` and `apf_controller.go` (`seatDemandStats`).
 */

/** `seatDemandSmoothingCoefficient`: half of a peak is forgotten in five minutes. */
const SMOOTHING = 0.977;

export class SeatDemand {
  /** The most since the last look, as of that look. */
  highWatermark = 0;
  smoothed = 0;
  private level = 0;
  private since: number;
  private began: number;
  private integral = 0;
  private integralOfSquares = 0;
  private most = 0;

  constructor(now: number) {
    this.since = now;
    this.began = now;
  }

  set(level: number, now: number): void {
    this.accumulate(now);
    this.level = level;
    if (level > this.most) this.most = level;
  }

  /** Takes stock and begins anew. */
  look(now: number): void {
    this.accumulate(now);
    this.highWatermark = this.most;
    this.most = this.level;
    const time = now - this.began;
    this.began = now;
    if (time > 0) {
      const average = this.integral / time;
      const deviation = Math.sqrt(Math.max(0, this.integralOfSquares / time - average * average));
      const envelope = average + deviation;
      this.smoothed = Math.max(envelope, SMOOTHING * this.smoothed + (1 - SMOOTHING) * envelope);
    }
    this.integral = 0;
    this.integralOfSquares = 0;
  }

  private accumulate(now: number): void {
    const time = now - this.since;
    if (time <= 0) return;
    this.integral += this.level * time;
    this.integralOfSquares += this.level * this.level * time;
    this.since = now;
  }
}
