/**
 * What a bench is. One file for each subject, one line for it in `registry.ts`.
 *
 * A timed bench makes the thing under test in `prepare`, which is not timed, and gives a trial: some of the work, and how many operations of
 * each sort it was. A weighed bench says how many bytes each thing takes. Every bench has a process of its own, so that none lives with the
 * types that another has taught the compiler.
 */
export type Bench = Timed | Weighed;

interface Described {
  /** `subject/what size`: unique, and what a filter looks into. */
  readonly name: string;
  /** What is done and what it stands for, in a line. */
  readonly says: string;
  /** Takes minutes or gigabytes: it is measured only when asked for by name. */
  readonly long?: true;
}

export interface Timed extends Described {
  /** The same model played by somebody else's engine: the name of our bench. */
  readonly peerOf?: string;
  /** Default: many short trials of one preparation. */
  readonly effort?: Effort;
  prepare(): Trial;
}

/** For work that takes seconds: so many samples, each with a preparation of its own when it must start from nothing. */
export interface Effort {
  readonly samples: number;
  readonly warmUps: number;
  readonly fresh: boolean;
}

/** Does some of the work and says how many operations it was, by what they are called. */
export type Trial = () => Work;
export type Work = Readonly<Record<string, number>>;

export interface Weighed extends Described {
  /** Bytes by what has them, after collection of garbage. */
  weigh(collect: () => void): Work;
}

export const isWeighed = (bench: Bench): bench is Weighed => "weigh" in bench;
