/**
 * 64 bits over everything that happened: time, host, event and subject of every trace event.
 *
 * The digest is a sum, so it does not ask in which order two things at different instants were *computed*, only that both
 * happened when they did; a quiet node may therefore be settled late and still leave the same digest.
 * Not guaranteed: the order of several events at one instant shows only through what followed from it.
 */
import { hex32, mix32 } from "../base/hash.ts";

export class Digest {
  private low = 0;
  private high = 0;

  /** Adds one happening. `time` is whole microseconds; the others are 32-bit hashes. */
  add(time: number, host: number, event: number, subject: number): void {
    const timeLow = time | 0;
    const timeHigh = Math.floor(time / 4_294_967_296) | 0;
    const a = mix32(timeLow ^ Math.imul(host, 0x9e3779b1));
    const b = mix32(Math.imul(timeHigh + 1, 0x85ebca77) ^ event);
    const first = mix32(a ^ Math.imul(b, 0x27d4eb2f) ^ subject);
    const second = mix32(b ^ Math.imul(a, 0x165667b1) ^ Math.imul(subject, 0x9e3779b1));
    const sum = (this.low >>> 0) + (first >>> 0);
    this.low = sum | 0;
    this.high = (this.high + second + (sum > 0xffffffff ? 1 : 0)) | 0;
  }

  /** Sixteen hexadecimal digits. */
  toString(): string {
    return hex32(this.high) + hex32(this.low);
  }
}
