// To which checkpoint a rollback goes back. It goes to exactly the update that was asked for or nowhere; acting once per id is
// what attempt.json records, so nothing here counts or remembers.
import type { Update } from '../units.ts';
import type { Checkpoint, RunInventory } from './inventory.ts';
import { type AttemptOrigin, checkpointsOnLineage, newerFirst, traceFrom, traceLineage } from './lineage.ts';

/** What a person asks for. */
export interface Rollback {
  /** 0 = from scratch. */
  readonly update: Update;
  /** The attempt that saved it, also one off the lineage; 0 = the lineage's. */
  readonly attempt: number;
  readonly id: string;
}

export type RollbackPlan =
  | { readonly kind: 'Scratch' }
  /** Checkpoints of the wanted update, best first: never of another. */
  | { readonly kind: 'From'; readonly candidates: readonly Checkpoint[] }
  | {
      readonly kind: 'Stop';
      readonly reason: 'RollbackNotFound' | 'LineageUnreadable';
      readonly message: string;
    };

export interface RollbackQuestion {
  readonly rollback: Rollback;
  readonly inventory: RunInventory;
  readonly origins: readonly AttemptOrigin[];
}

/** True once an attempt has started from what the rollback with this id asked for. */
export const isCarriedOut = (id: string, origins: readonly AttemptOrigin[]): boolean =>
  origins.some(({ rollback }) => rollback === id);

/** The checkpoints the rollback may start from, or why it cannot be done. */
export function planRollback(question: RollbackQuestion): RollbackPlan {
  const { rollback, origins } = question;
  if (rollback.update === 0) return { kind: 'Scratch' };
  const lineage = traceLineage(origins);
  if (rollback.attempt === 0 && lineage.kind === 'Unreadable')
    return unreadable(question, `${lineage.why}. Name the attempt as well (rollback.attempt)`);
  const all = rollback.attempt === 0 ? lineageOf(question) : checkpointsOfAttempt(question);
  const wanted = all.filter(({ update }) => update === rollback.update);
  const [target] = wanted;
  if (target === undefined) return notFound(question);
  const past = traceFrom({ attempt: target.attempt, upTo: target.update }, origins);
  if (past.kind === 'Unreadable') return unreadable(question, past.why);
  return { kind: 'From', candidates: wanted };
}

function lineageOf({ inventory, origins }: RollbackQuestion): readonly Checkpoint[] {
  const lineage = traceLineage(origins);
  return lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : [];
}

/** Those of every pod of the attempt's number that has an attempt.json; of the later pod first, the Last before the Step. */
function checkpointsOfAttempt({ rollback, inventory, origins }: RollbackQuestion): readonly Checkpoint[] {
  const opened = origins.filter(({ id }) => id.number === rollback.attempt).toSorted(newerFirst);
  const links = opened.map(({ id }) => ({ attempt: id, upTo: undefined }));
  return checkpointsOnLineage(links, inventory);
}

const wish = ({ update, attempt, id }: Rollback): string =>
  `rollback "${id}" asks for update ${update}${attempt === 0 ? '' : ` of attempt ${attempt}`}`;

function unreadable({ rollback, inventory }: RollbackQuestion, why: string): RollbackPlan {
  const message = `${wish(rollback)}, but the lineage below ${inventory.prefix} cannot be read: ${why}.`;
  return { kind: 'Stop', reason: 'LineageUnreadable', message };
}

function notFound(question: RollbackQuestion): RollbackPlan {
  const { rollback } = question;
  const where = rollback.attempt === 0 ? 'on the lineage' : 'there';
  const message = `${wish(rollback)}, which is not ${where}. ${describeSaved(question, rollback.update)} Set spec.rollback to one of them with a new id, or remove it.`;
  return { kind: 'Stop', reason: 'RollbackNotFound', message };
}

const namedUpdates = 12;

/** Which updates there are, those nearest to `wanted` if there are many: on the lineage, and of which attempt beside it. */
export function describeSaved(
  { inventory, origins }: Pick<RollbackQuestion, 'inventory' | 'origins'>,
  wanted: Update,
): string {
  const lineage = traceLineage(origins);
  const on = lineage.kind === 'Readable' ? checkpointsOnLineage(lineage.links, inventory) : [];
  const off = inventory.attempts.flatMap(({ id, checkpoints }) =>
    checkpoints
      .filter(({ key }) => !on.some((known) => known.key === key))
      .map(({ update }) => ({ id, update })),
  );
  const groups = [...Map.groupBy(off, ({ id }) => id.number)].map(
    ([number, saved]) => `of attempt ${number}: ${listUpdates(saved, wanted)}`,
  );
  const beside =
    groups.length === 0 ? '' : ` Abandoned, to be named with their attempt: ${groups.slice(-4).join('; ')}.`;
  const lineageWords =
    on.length === 0
      ? 'No update is saved on the lineage.'
      : `Saved on the lineage: ${listUpdates(on, wanted)}.`;
  return `${lineageWords}${beside}`;
}

function listUpdates(saved: readonly { readonly update: Update }[], wanted: Update): string {
  const updates = [...new Set(saved.map(({ update }) => update))];
  const nearest = updates
    .toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))
    .slice(0, namedUpdates);
  const more = updates.length > nearest.length ? ` and ${updates.length - nearest.length} more` : '';
  return `${nearest.toSorted((a, b) => a - b).join(', ')}${more}`;
}
