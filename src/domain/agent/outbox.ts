// Which finished checkpoint is sent next. The newest state matters most; an update that the bucket already has, in either
// kind, can wait; a (kind, update) is never sent twice.
import type { CheckpointKind } from '../bucket/keys.ts';
import type { Update } from '../units.ts';

export interface Shipment {
  readonly kind: CheckpointKind;
  readonly update: Update;
}

/** What the bucket has of this attempt. */
export type Sent = readonly Shipment[];

export const isSameShipment = (a: Shipment, b: Shipment): boolean =>
  a.kind === b.kind && a.update === b.update;

export const isSent = (sent: Sent, shipment: Shipment): boolean =>
  sent.some((done) => isSameShipment(done, shipment));

/** The newest update of this attempt in the bucket; undefined when there is none. */
export const newestSent = (sent: Sent): Update | undefined =>
  sent.length === 0 ? undefined : Math.max(...sent.map(({ update }) => update));

export interface Sending {
  readonly sent: Sent;
  /** False while the time between two Lasts has not passed. */
  readonly isLastDue: boolean;
}

/** The shipment to send next; undefined when nothing is due. */
export function chooseNext<S extends Shipment>(candidates: readonly S[], sending: Sending): S | undefined {
  const due = candidates.filter(
    (candidate) => !isSent(sending.sent, candidate) && (candidate.kind === 'Step' || sending.isLastDue),
  );
  return due.toSorted((a, b) => compare(a, b, sending.sent))[0];
}

function compare(a: Shipment, b: Shipment, sent: Sent): number {
  const saved = Number(isUpdateSent(a, sent)) - Number(isUpdateSent(b, sent));
  return saved || b.update - a.update || (a.kind === 'Last' ? -1 : 1);
}

const isUpdateSent = ({ update }: Shipment, sent: Sent): boolean =>
  sent.some((done) => done.update === update);

/** True when an upload under way should give way: something newer waits, and the time left may be short. */
export const shouldGiveWay = (underWay: Shipment, waiting: Shipment | undefined): boolean =>
  waiting !== undefined && waiting.update > underWay.update;
