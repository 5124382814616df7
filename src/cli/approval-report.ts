// What waits for a person's word, for a person and for programs: checkpoint by checkpoint, of runs, and of what runs that are gone left.
import type { Checkpoint } from '../domain/bucket/inventory.ts';
import { formatAttemptId } from '../domain/bucket/keys.ts';
import type { Ruling } from '../domain/retention/plan.ts';
import { bytesOfRulings } from '../domain/retention/plan-amounts.ts';
import { formatBytes } from '../domain/size.ts';
import type { Instant } from '../domain/units.ts';
import type { PendingApproval } from './approval.ts';
import { formatColumns } from './columns.ts';
import type { PendingLeft } from './left-approval.ts';
import { formatAge, plain } from './words.ts';

type Rulings = readonly Ruling<Checkpoint>[];

/** A run, without a line feed at the end. */
export function describeRun(pending: PendingApproval, now: Instant): string {
  const { name, namespace, digest, rulings } = pending;
  const title = `${namespace}/${name}: ${amountOf(rulings)}, digest ${digest}`;
  return `${plain(title)}\n${letThroughWords(pending)}${tableOf(rulings, now)}`;
}

/** What a policy asks about of runs that are gone. */
export function describeLeft({ policy, digest, places }: PendingLeft, now: Instant): string {
  const all = places.flatMap(({ rulings }) => rulings);
  const title = `policy ${policy}: ${amountOf(all)} of runs that are gone, digest ${digest}`;
  const parts = places.map(
    ({ store, name, rulings }) =>
      `${plain(`${name.namespace}/${name.run}, gone, in the store ${store}`)}\n${tableOf(rulings, now)}`,
  );
  return [plain(title), ...parts].join('\n');
}

const amountOf = (rulings: Rulings): string =>
  `${rulings.length} checkpoints, ${formatBytes(bytesOfRulings(rulings))}`;

function tableOf(rulings: Rulings, now: Instant): string {
  const rows = rulings.map(({ checkpoint: { update, attempt, kind, sizeBytes, savedAt }, reasons }) => [
    `  ${update}`,
    `attempt ${formatAttemptId(attempt)}`,
    kind,
    formatBytes(sizeBytes),
    `saved ${formatAge(savedAt, now)} ago`,
    reasons.join(', '),
  ]);
  return formatColumns(rows.map((row) => row.map(plain)));
}

/** Nothing where everything waits. */
function letThroughWords({ rulings, waiting, asked }: PendingApproval): string {
  const before = rulings.length - waiting;
  if (before <= 0) return '';
  return `  ${waiting} of them wait for a word (digest ${asked}); ${before} were let through before, and go without\n`;
}

export interface Outcome {
  readonly changed: boolean;
  readonly approved: boolean;
}

/** A run for programs. */
export const runFields = (
  { namespace, name, asked, digest, rulings, waiting }: PendingApproval,
  outcome: Outcome,
): object => ({
  namespace,
  run: name,
  ...outcome,
  digest,
  asked,
  waiting,
  bytes: bytesOfRulings(rulings),
  checkpoints: rulings.map(fieldsOf),
});

/** What runs that are gone left, for programs. */
export const leftFields = ({ policy, digest, places }: PendingLeft, outcome: Outcome): object => ({
  policy,
  ...outcome,
  digest,
  bytes: bytesOfRulings(places.flatMap(({ rulings }) => rulings)),
  checkpoints: places.flatMap(({ store, name, rulings }) =>
    rulings.map((ruling) => ({ store, ...name, ...fieldsOf(ruling) })),
  ),
});

const fieldsOf = ({
  checkpoint: { update, attempt, kind, sizeBytes, key },
  reasons,
}: Ruling<Checkpoint>): object => ({ update, attempt: attempt.number, kind, sizeBytes, key, reasons });
