// The end of an attempt: the trainer is dead, what it left is sent newest first while the grace lasts, then end.json tells
// how far that went. Only what is whole is sent; what is not is named.
import { conclude } from '../../domain/agent/conclusion.ts';
import { chooseNext, newestSent, shouldGiveWay } from '../../domain/agent/outbox.ts';
import { ObjectStoreError } from '../../ports/objects.ts';
import { type EndDocument, endDocument } from '../../wire/end-document.ts';
import type { PlacedFile } from '../../wire/placed-file.ts';
import { pauseAfter } from '../patience.ts';
import { type AgentWorld, keyOf } from '../world.ts';
import type { Errand } from './errand.ts';
import type { Finished, Parcel, SyncLedger } from './ledger.ts';
import { paceFor } from './sending.ts';
import { timer } from './timer.ts';
import { dropAllUploads } from './unfinished.ts';
import { lookAround } from './watcher.ts';

export interface Flushing {
  readonly ledger: SyncLedger;
  readonly placed: PlacedFile | undefined;
  readonly errand: Errand;
}

/** How the attempt ended, and whether the bucket was told. */
export interface Ended {
  readonly document: EndDocument;
  readonly isWritten: boolean;
}

const longestPauseMilliseconds = 10_000;
const changedMilliseconds = 200;

/** What remains of the grace for end.json once uploads must stop. */
const reserveOf = (graceSeconds: number): number => Math.min(10, Math.max(2, graceSeconds / 10)) * 1000;

/** Sends what is left, then writes end.json. */
export async function flush(world: AgentWorld, flushing: Flushing, signal: AbortSignal): Promise<Ended> {
  const { clock, config } = world;
  const { ledger } = flushing;
  const started = clock.monotonic();
  const graceMilliseconds = config.environment.graceSeconds * 1000;
  const reserve = reserveOf(config.environment.graceSeconds);
  ledger.flushing = true;
  ledger.sendUntil = started + graceMilliseconds - reserve;
  {
    using ending = timer(clock, graceMilliseconds - reserve, signal);
    await sendAll(world, flushing, ending.signal);
  }
  signal.throwIfAborted();
  const document = describeEnd(world, ledger, (clock.monotonic() - started) / 1000);
  const left = Math.max(reserve / 2, started + graceMilliseconds - reserve / 4 - clock.monotonic());
  using ending = timer(clock, left, signal);
  const isWritten = await writeEnd(world, document, ending.signal);
  if (isWritten) await giveUpUnfinished(world, ledger, ending.signal);
  return { document, isWritten };
}

/** Nobody goes on with what is left: its parts would be kept and billed. */
async function giveUpUnfinished(world: AgentWorld, ledger: SyncLedger, ending: AbortSignal): Promise<void> {
  try {
    await dropAllUploads(world, ledger, ending);
  } catch (cause) {
    if (!ending.aborted) throw cause;
  }
}

async function sendAll(world: AgentWorld, flushing: Flushing, ending: AbortSignal): Promise<void> {
  const { errand, ledger } = flushing;
  const giveUp = (): void => errand.abandon('the grace is over');
  ending.addEventListener('abort', giveUp);
  try {
    await lookAround(world, { ...flushing, isOver: true }, ending);
    if (ledger.underWay !== undefined && shouldGiveWay(ledger.underWay, nextOf(ledger)))
      errand.abandon('a newer checkpoint goes first');
    else if (isTooSlow(world, ledger)) errand.abandon('its limit would miss the grace: it goes on faster');
    await errand.ended();
    while (!ending.aborted && (await sendOne(world, flushing, ending)));
  } catch (cause) {
    if (!ending.aborted) throw cause;
  } finally {
    ending.removeEventListener('abort', giveUp);
    if (ending.aborted) await errand.ended();
  }
}

/** True when what is left of the upload under way must go faster than it was begun. */
function isTooSlow(world: AgentWorld, ledger: SyncLedger): boolean {
  const { uploading } = ledger;
  if (uploading?.pace === undefined) return false;
  const needed = paceFor(world, ledger, uploading.parcel.sizeBytes - uploading.sentBytes);
  return needed !== undefined && needed > uploading.pace;
}

/** Sends the next file, or waits after a failure; false when nothing is left to send. */
async function sendOne(world: AgentWorld, flushing: Flushing, ending: AbortSignal): Promise<boolean> {
  const { errand, ledger, placed } = flushing;
  const before = { sent: ledger.sent, flawed: ledger.flawed().length };
  if (ledger.sent === undefined) errand.learn();
  else {
    const file = nextOf(ledger);
    if (file === undefined) return false;
    errand.carry({ ledger, placed, isOver: true, file });
  }
  await errand.ended();
  const isAdvanced = ledger.sent !== before.sent || ledger.flawed().length > before.flawed;
  if (isAdvanced || ending.aborted) return true;
  const { trouble } = ledger;
  const pause =
    trouble === undefined ? changedMilliseconds : pauseAfter(trouble.failures, longestPauseMilliseconds);
  await world.clock.sleep(pause, ending);
  await lookAround(world, { ...flushing, isOver: true }, ending);
  return true;
}

const nextOf = (ledger: SyncLedger): Finished | Parcel | undefined =>
  chooseNext(ledger.candidates(), { sent: ledger.sent ?? [], isLastDue: true });

function describeEnd(world: AgentWorld, ledger: SyncLedger, flushSeconds: number): EndDocument {
  const sent = ledger.sent ?? [];
  const { flushed, unsent } = conclude({
    finished: [...ledger.finished(), ...ledger.orphans()],
    flawed: ledger.flawed(),
    sent,
    whyUnsent: ledger.trouble?.message ?? 'the grace ended before it was sent',
  });
  return {
    version: 1,
    attempt: world.config.attempt,
    podUid: world.config.podUid,
    podWasEnding: ledger.podWasEnding,
    flushed,
    filesSeen: ledger.filesSeen(),
    lastUpdateSeen: ledger.lastUpdateSeen ?? null,
    lastUpdateSaved: newestSent(sent) ?? null,
    unsent: [...unsent, ...ledger.dropped],
    flushSeconds,
  };
}

async function writeEnd(world: AgentWorld, document: EndDocument, signal: AbortSignal): Promise<boolean> {
  const key = keyOf(world, { is: 'End', attempt: document.attempt });
  const bytes = new TextEncoder().encode(endDocument.format(document));
  for (;;) {
    try {
      await world.objects.put({ key, bytes, condition: 'any' }, signal);
      return true;
    } catch (cause) {
      if (signal.aborted) return false;
      if (!(cause instanceof ObjectStoreError)) throw cause;
      world.log.warn({ key, cause: cause.message }, 'end.json could not be written, trying again');
    }
    await world.clock.sleep(1_000, signal).catch(() => undefined);
  }
}
