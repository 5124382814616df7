// All policies there are, as one looked: those that are understood, and those that are not, which stop whatever they might select.
import { type LabelSelector, matchesSelector } from '../store/label-selector.ts';
import type { RetentionPolicy, Selectable } from './policy.ts';

/** A policy that cannot be understood: what it protects is unknown. */
export interface UnreadablePolicy {
  readonly name: string;
  /** Undefined = not even that can be understood: it may select any run. */
  readonly selector:
    | { readonly namespaces?: LabelSelector | undefined; readonly runs?: LabelSelector | undefined }
    | undefined;
  /** What is wrong with it, without a full stop. */
  readonly why: string;
}

/** Every policy of the cluster, from a complete listing. */
export interface Policies {
  readonly kind: 'Read';
  /** Names exactly these policies in exactly these generations. */
  readonly version: string;
  readonly understood: readonly RetentionPolicy[];
  readonly unreadable: readonly UnreadablePolicy[];
}

/** What is known of the policies; while they were not read, nobody knows what they protect. */
export type PolicyReading = Policies | { readonly kind: 'Unread'; readonly why: string };

/** Why nothing of this run, or of what is left of one, may be deleted whatever is understood; undefined = nothing of the kind. */
export function policyStop(reading: PolicyReading, run: Selectable): string | undefined {
  if (reading.kind === 'Unread') return reading.why;
  const may = reading.unreadable.find(({ selector }) => maySelect(selector, run));
  if (may === undefined) return undefined;
  return `the CheckpointRetentionPolicy ${may.name} is not understood, and it may protect this run: ${may.why}. Correct it and apply it anew; if a newer operator wrote it, upgrade this one`;
}

const maySelect = (
  selector: UnreadablePolicy['selector'],
  { labels, namespaceLabels }: Selectable,
): boolean =>
  selector === undefined ||
  (matchesSelector(selector.namespaces ?? {}, namespaceLabels) &&
    matchesSelector(selector.runs ?? {}, labels));
