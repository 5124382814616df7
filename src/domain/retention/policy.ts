// A CheckpointRetentionPolicy as decisions see it, and which runs it selects.
import { type Labels, type LabelSelector, matchesSelector } from '../store/label-selector.ts';
import type { Bytes, Seconds } from '../units.ts';
import type { Ceiling } from './ceilings.ts';
import type { Floor } from './keeps.ts';
import type { RetentionRules } from './rules.ts';

/** When newly condemned checkpoints of a run wait for a person: more than both. */
export interface ApproveAbove {
  /** Of the run's checkpoints. */
  readonly percent: number;
  readonly checkpoints: number;
}

export interface Capacity {
  readonly bytes: Bytes;
  /** Eviction begins above this share of it and ends at the low one. */
  readonly highThresholdPercent: number;
  readonly lowThresholdPercent: number;
}

export interface OrphanRule {
  readonly deleteAfterSeconds: Seconds;
  /** Also what runs with deletionPolicy Retain left. */
  readonly includeRetained: boolean;
}

export interface RetentionPolicy {
  readonly name: string;
  /** A part that is undefined selects all. */
  readonly selector: {
    readonly namespaces?: LabelSelector | undefined;
    readonly runs?: LabelSelector | undefined;
  };
  /** Audit and Enforce differ in what is executed, never in what is planned; Off is as if there were no such policy. */
  readonly mode: 'Audit' | 'Enforce' | 'Off';
  readonly floor?: Floor | undefined;
  readonly ceiling?: Ceiling | undefined;
  /** For runs that declare nothing. */
  readonly defaults?: RetentionRules | undefined;
  readonly capacity?: Capacity | undefined;
  readonly orphans?: OrphanRule | undefined;
  readonly uploads?: { readonly abortAfterSeconds: Seconds } | undefined;
  readonly graceSeconds?: Seconds | undefined;
  readonly approveAbove?: ApproveAbove | undefined;
}

export interface RunName {
  readonly namespace: string;
  readonly run: string;
}

/** Of whom policies speak: a run, or what is left of one. */
export interface Selectable {
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
}

/** True when the policy selects it; a policy that is Off selects nothing. */
export const selects = (
  { selector, mode }: RetentionPolicy,
  { labels, namespaceLabels }: Selectable,
): boolean =>
  mode !== 'Off' &&
  matchesSelector(selector.namespaces ?? {}, namespaceLabels) &&
  matchesSelector(selector.runs ?? {}, labels);
