/** A figure: what one operation costs, with its spread, and as a multiple of the reference loop that was timed beside it. */
import { median, quantile } from "./statistics.ts";

export interface Figure {
  readonly bench: string;
  /** What one is: an event, a virtual second, a node. */
  readonly operation: string;
  readonly unit: "s" | "B";
  /** Median of the samples: seconds or bytes for each. */
  readonly each: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly samples: number;
  /** Median over the samples of seconds by those of one turn of the reference loop; undefined for bytes. */
  readonly references?: number;
  /** The bench of ours whose model this is, played by another engine. */
  readonly peerOf?: string;
}

/** What was measured of one operation: seconds for each, and seconds of one reference turn timed beside it. */
export interface Sample {
  readonly each: number;
  readonly reference: number;
}

export function timedFigure(bench: string, operation: string, samples: readonly Sample[], peerOf?: string): Figure {
  const each = samples.map((sample) => sample.each);
  return {
    bench,
    operation,
    unit: "s",
    each: median(each),
    lowerQuartile: quantile(each, 0.25),
    upperQuartile: quantile(each, 0.75),
    samples: samples.length,
    references: median(samples.map((sample) => sample.each / sample.reference)),
    ...(peerOf !== undefined && { peerOf }),
  };
}

export const weighedFigure = (bench: string, operation: string, bytes: number): Figure => ({
  bench,
  operation,
  unit: "B",
  each: bytes,
  lowerQuartile: bytes,
  upperQuartile: bytes,
  samples: 1,
});

/** Half the distance of the quartiles, as a share of the median. */
export const spread = (figure: Figure): number =>
  figure.each === 0 ? 0 : (figure.upperQuartile - figure.lowerQuartile) / 2 / figure.each;
