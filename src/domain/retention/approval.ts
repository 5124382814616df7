// When a person has to agree: a pass that newly condemns more of a run than both limits deletes none of it. What is agreed to is a
// set, named by its digest: what waits, or all that is condemned, which is what somebody sees who does not know what was let through
// before. Later plans execute what is in that set and still condemned.
import { fingerprintOf } from '../fingerprint.ts';
import type { ApproveAbove } from './policy.ts';

export interface ApprovalQuestion {
  /** The keys that this plan condemns. */
  readonly condemned: ReadonlySet<string>;
  /** Of those that are condemned: what was let through by an earlier pass, so that it is not new. */
  readonly admitted: ReadonlySet<string>;
  /** How many checkpoints the run has. */
  readonly total: number;
  readonly approveAbove: ApproveAbove;
  /** The value of the annotation; undefined = nothing is approved. */
  readonly approved: string | undefined;
  /** What approval was asked for before, by digest. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Approval {
  /** What may be executed. */
  readonly admitted: ReadonlySet<string>;
  /** Set while the rest waits: the digest to approve, and what it names. */
  readonly waiting: { readonly digest: string; readonly keys: ReadonlySet<string> } | undefined;
}

/** Which of the condemned may go without, or with, a person's word. */
export function judgeApproval(question: ApprovalQuestion): Approval {
  const { condemned } = question;
  const known = intersection(condemned, question.admitted);
  const fresh = new Set([...condemned].filter((key) => !known.has(key)));
  if (!isTooMuch(fresh.size, question)) return { admitted: new Set(condemned), waiting: undefined };
  const digest = digestOf(fresh);
  const named = namedBy(question, digest, fresh);
  if (named === undefined) return { admitted: known, waiting: { digest, keys: fresh } };
  const admitted = new Set([...known, ...intersection(fresh, named)]);
  const rest = new Set([...fresh].filter((key) => !named.has(key)));
  if (!isTooMuch(rest.size, question))
    return { admitted: new Set([...admitted, ...rest]), waiting: undefined };
  return { admitted, waiting: { digest: digestOf(rest), keys: rest } };
}

/** The set that was agreed to; undefined = none that was ever asked for. */
function namedBy(
  { approved, condemned, asked }: ApprovalQuestion,
  digest: string,
  fresh: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  if (approved === undefined) return undefined;
  if (approved === digest) return fresh;
  return approved === digestOf(condemned) ? condemned : asked.get(approved);
}

/** The name of a set of keys, whatever their order. */
export const digestOf = (keys: ReadonlySet<string>): string => fingerprintOf([...keys].toSorted());

/** The name of what waits in several places, of each of which it has a digest: one word for all of it. */
export const digestOfPlaces = (waiting: ReadonlyMap<string, string>): string =>
  digestOf(new Set([...waiting].map(([place, digest]) => `${place} ${digest}`)));

const isTooMuch = (count: number, { total, approveAbove }: ApprovalQuestion): boolean =>
  count > approveAbove.checkpoints && count * 100 > approveAbove.percent * total;

const intersection = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...a].filter((key) => b.has(key)));
