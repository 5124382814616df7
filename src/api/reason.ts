// One reason of a condition: what it means and, where somebody must act, the cure. It words nothing of a single case.

/** One reason of a condition. */
export interface Reason {
  readonly status: 'True' | 'False' | 'Unknown';
  /** One sentence: what is the case. */
  readonly meaning: string;
  /** One sentence: what to do; absent when nothing is to be done. */
  readonly cure?: string;
}

/** Reasons by their names. */
export type Reasons = Readonly<Record<string, Reason>>;

/** A reason of a condition that is True then. */
export const yes = (meaning: string, cure?: string): Reason => reason('True', meaning, cure);
/** A reason of a condition that is False then. */
export const no = (meaning: string, cure?: string): Reason => reason('False', meaning, cure);
/** A reason of a condition that is Unknown then. */
export const unknown = (meaning: string, cure?: string): Reason => reason('Unknown', meaning, cure);

function reason(status: Reason['status'], meaning: string, cure: string | undefined): Reason {
  return cure === undefined ? { status, meaning } : { status, meaning, cure };
}
