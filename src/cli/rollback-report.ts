// A rollback as it is told: to a person before it is asked for, to programs as fixed fields.
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import type { Rollback } from '../domain/bucket/rollback.ts';
import { formatBytes } from '../domain/size.ts';
import { formatTime } from '../domain/time.ts';
import type { Instant } from '../domain/units.ts';
import { formatColumns } from './columns.ts';
import type { RollbackPlan } from './rollback-plan.ts';
import { formatAge, formatCount, plain } from './words.ts';

const listed = 12;

/** Lines without a line feed at the end; ages as of `now`. */
export function describeRollback(plan: RollbackPlan, now: Instant): string {
  const rows = [
    ['  left behind', leftBehind(plan)],
    ...(returning(plan) === undefined ? [] : [['  comes back', returning(plan) ?? '']]),
    ...(plan.replaces === undefined ? [] : [['  replaces', replaced(plan.replaces)]]),
    ...(plan.now === undefined ? [] : [['  now', plan.now]]),
    ['  then', plan.next],
  ];
  return `${plain(headline(plan, now))}\n${formatColumns(rows.map(([name = '', text = '']) => [name, plain(text)]))}`;
}

function headline({ name, target }: RollbackPlan, now: Instant): string {
  if (target === undefined) return `${name} starts anew, from nothing`;
  const { update, attempt, kind, sizeBytes, savedAt } = target;
  return `${name} goes back to update ${update} of attempt ${attempt.number} (${kind}, ${formatBytes(sizeBytes)}, saved ${formatAge(savedAt, now)} ago)`;
}

function leftBehind({ departure, updatesLeft = 0 }: RollbackPlan): string {
  if (departure === undefined) return 'cannot be told: the lineage cannot be read';
  const { leaves } = departure;
  if (leaves.length === 0 && updatesLeft === 0) return 'nothing';
  const updates = `${formatCount(updatesLeft)} ${updatesLeft === 1 ? 'update' : 'updates'}`;
  if (leaves.length === 0) return `${updates}, of which nothing is saved`;
  return `${updates}; in the bucket, as long as retention keeps them: ${describeCheckpoints(leaves)}`;
}

const returning = ({ departure }: RollbackPlan): string | undefined =>
  departure === undefined || departure.returns.length === 0
    ? undefined
    : describeCheckpoints(departure.returns);

const replaced = ({ id, update }: Rollback): string =>
  `rollback "${id}" (${update === 0 ? 'to scratch' : `to update ${update}`}), which was not carried out yet`;

/** `45000, 50000 of attempt 2` */
function describeCheckpoints(checkpoints: readonly Checkpoint[]): string {
  const groups = Map.groupBy(checkpoints, ({ attempt }) => attempt.number);
  return [...groups]
    .map(([number, some]) => {
      const updates = [...new Set(some.map(({ update }) => update))];
      const more = updates.length > listed ? ` and ${updates.length - listed} more` : '';
      return `update ${updates.slice(0, listed).join(', ')}${more} of attempt ${number}`;
    })
    .join('; ');
}

/** The fields of `-o json` that the plan has. Scripts rely on them. */
export function rollbackFields(plan: RollbackPlan): object {
  const { wish, replaces, target, departure, updatesLeft, now, next } = plan;
  return {
    rollback: wish,
    replaces: replaces ?? null,
    target: target === undefined ? null : fieldsOf(target),
    leftBehind: {
      updates: updatesLeft ?? null,
      checkpoints: departure?.leaves.map(fieldsOf) ?? null,
    },
    comesBack: departure?.returns.map(fieldsOf) ?? null,
    now: now ?? null,
    next,
  };
}

const fieldsOf = ({ update, attempt, kind, sizeBytes, savedAt, key }: Checkpoint): object => ({
  update,
  attempt: attempt.number,
  kind,
  sizeBytes,
  savedAt: formatTime(savedAt),
  key,
});
