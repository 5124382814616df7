// How much of a plan stays and how much goes: of many runs, all that is told of each.
import type { Stopped } from './draft.ts';
import type { Ruling } from './plan.ts';
import type { Amount } from './policy-status.ts';
import type { Bytes } from '../units.ts';

export interface PlanAmounts {
  readonly kind: 'Planned';
  readonly kept: Amount;
  readonly condemned: Amount;
  /** Of what is kept: what would go if every policy that is only audited were enforced. */
  readonly audit: Amount;
}

type Sum = { -readonly [K in keyof Amount]: Amount[K] };

/** The amounts of a run's plan, or why there is none. */
export function amountsOf(
  plan: { readonly kind: 'Planned'; readonly rulings: readonly Ruling[] } | Stopped,
): PlanAmounts | Stopped {
  if (plan.kind === 'Stopped') return plan;
  const amounts = { kind: 'Planned' as const, kept: nothing(), condemned: nothing(), audit: nothing() };
  for (const ruling of plan.rulings) {
    add(ruling.verdict === 'Condemned' ? amounts.condemned : amounts.kept, ruling);
    if (ruling.verdict === 'Keep' && ruling.audit?.verdict === 'Condemned') add(amounts.audit, ruling);
  }
  return amounts;
}

const nothing = (): Sum => ({ checkpoints: 0, bytes: 0 });

function add(sum: Sum, { checkpoint }: Ruling): void {
  sum.checkpoints += 1;
  sum.bytes += checkpoint.sizeBytes;
}

/** What the checkpoints of these rulings weigh together. */
export const bytesOfRulings = (
  rulings: readonly { readonly checkpoint: { readonly sizeBytes: Bytes } }[],
): Bytes => rulings.reduce((sum, { checkpoint }) => sum + checkpoint.sizeBytes, 0);

/** All of them together. */
export const sumOfAmounts = (amounts: readonly Amount[]): Amount => ({
  checkpoints: amounts.reduce((sum, { checkpoints }) => sum + checkpoints, 0),
  bytes: amounts.reduce((sum, { bytes }) => sum + bytes, 0),
});
