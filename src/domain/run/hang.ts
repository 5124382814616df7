// restart.hungAfterSeconds: whether a trainer that runs has stopped training. It is judged only while its log can be read: a pod
// that cannot be reached is not a hung one, and a restart that was not needed costs what is unsaved.
import type { Instant, Seconds } from '../units.ts';
import type { Snapshot } from './facts.ts';
import { listedAttempt, type AttemptView } from './ledger.ts';
import { isAway } from './node.ts';

/** What a person is told of a trainer that hangs; undefined while it trains, or while nobody can tell. */
export function hangTrouble(snapshot: Snapshot, newest: AttemptView): string | undefined {
  const { hungAfterSeconds } = snapshot.run.spec;
  if (hungAfterSeconds === undefined || !isHeard(snapshot, newest)) return undefined;
  const still = secondsStill(snapshot, newest);
  if (still === undefined || still < hungAfterSeconds) return undefined;
  return `the trainer has made no update and saved nothing for restart.hungAfterSeconds (${hungAfterSeconds} s)`;
}

const isHeard = ({ sight }: Snapshot, { entry, stage, pod }: AttemptView): boolean =>
  stage.stage === 'Training' && sight?.attempt === entry.number && sight.heard && !isAway(pod?.nodeState);

/** How long ago the last sign of training was; undefined when there is none to count from. */
function secondsStill(snapshot: Snapshot, newest: AttemptView): Seconds | undefined {
  const signs = [newest.pod?.trainer?.startedAt, snapshot.sight?.advancedAt, savedAt(snapshot, newest)];
  const known = signs.filter((sign) => sign !== undefined);
  return known.length === 0 ? undefined : (snapshot.now - Math.max(...known)) / 1000;
}

/** When the attempt saved last, by our clock: the store's tells ages only. */
export function savedAt(snapshot: Snapshot, { entry, pod }: AttemptView): Instant | undefined {
  if (snapshot.bucket.kind === 'Unreadable') return undefined;
  const { storeTime = snapshot.now } = snapshot.bucket.facts;
  const saved = listedAttempt(snapshot, entry, pod)?.checkpoints ?? [];
  if (saved.length === 0) return undefined;
  return snapshot.now - (storeTime - Math.max(...saved.map((checkpoint) => checkpoint.savedAt)));
}
