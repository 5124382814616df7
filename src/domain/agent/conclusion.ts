// What end.json says of an attempt, from what its sync saw and sent.
import { isSent, newestSent, type Sent, type Shipment } from './outbox.ts';

export interface UnsentFile {
  readonly file: string;
  readonly reason: string;
}

export interface FinishedFile extends Shipment {
  readonly name: string;
}

export interface FlawedFile {
  readonly name: string;
  /** Torn: the trainer died while writing it. Unusable: whole, but nothing to resume from. */
  readonly kind: 'Torn' | 'Unusable';
  readonly reason: string;
}

export interface LastView {
  readonly finished: readonly FinishedFile[];
  readonly flawed: readonly FlawedFile[];
  readonly sent: Sent;
  /** Why what is finished and not sent was not sent. */
  readonly whyUnsent: string;
}

export interface Conclusion {
  readonly flushed: boolean;
  readonly unsent: readonly UnsentFile[];
}

/**
 * Flushed: the newest finished update on the disk is in the bucket, or the trainer wrote nothing. A torn file is no
 * finished one; a model_last.pt that is whole and yet unusable means that the trainer's end is not in the bucket.
 */
export function conclude({ finished, flawed, sent, whyUnsent }: LastView): Conclusion {
  const saved = newestSent(sent);
  const flushed =
    finished.every(({ update }) => saved !== undefined && update <= saved) &&
    !flawed.some(({ name, kind }) => kind === 'Unusable' && name === 'model_last.pt');
  const unsent = [
    ...finished.filter((file) => !isSent(sent, file)).map(({ name }) => ({ file: name, reason: whyUnsent })),
    ...flawed.map(({ name, reason }) => ({ file: name, reason })),
  ];
  return { flushed, unsent };
}
