// What holds for one run when its own declaration, policies and the operator's flags come together, and where each value is from:
// floors by the higher, ceilings by the lower, one policy's defaults at most. Two policies that both set what only one may set are
// refused: then nothing of the run is deleted.
import type { Bytes, Seconds } from '../units.ts';
import type { ApproveAbove, RetentionPolicy } from './policy.ts';
import type { RetentionRules } from './rules.ts';

/** Who says so. */
export type Origin =
  | { readonly is: 'BuiltIn' }
  | { readonly is: 'Operator' }
  /** What the operator has unless it is told otherwise: nobody knows what it was told. */
  | { readonly is: 'OperatorDefault' }
  | { readonly is: 'Run' }
  | { readonly is: 'Policy'; readonly name: string };

export interface Sourced<T> {
  readonly value: T;
  readonly from: Origin;
}

/** The operator's flags. */
export interface OperatorFlags {
  readonly graceSeconds: Seconds;
  readonly approveAbove: ApproveAbove;
  /** True where they are not known, and taken to be the defaults. */
  readonly isSupposed?: true;
}

/** What they are unless somebody sets them. */
export const defaultFlags: OperatorFlags = {
  graceSeconds: 600,
  approveAbove: { percent: 50, checkpoints: 20 },
};

/** The same, for whoever does not know how the operator is set. */
export const supposedFlags: OperatorFlags = { ...defaultFlags, isSupposed: true };

export interface Settings {
  /** Undefined = nothing is declared, by the run or for it: every Step stays. */
  readonly rules: Sourced<RetentionRules> | undefined;
  readonly floor: {
    readonly keepNewest: Sourced<number> | undefined;
    readonly minAgeSeconds: Sourced<Seconds> | undefined;
  };
  readonly ceiling: {
    readonly maxCheckpoints: Sourced<number> | undefined;
    readonly maxBytes: Sourced<Bytes> | undefined;
    readonly maxAgeSeconds: Sourced<Seconds> | undefined;
    /** Told, never enforced: pins beat ceilings. */
    readonly maxPins: Sourced<number> | undefined;
  };
  /** What the run furthest above is measured by when a policy's capacity is exceeded. */
  readonly defaults: RetentionRules | undefined;
  readonly abortUploadsAfterSeconds: Sourced<Seconds> | undefined;
  readonly graceSeconds: Sourced<Seconds>;
  readonly approveAbovePercent: Sourced<number>;
  readonly approveAboveCheckpoints: Sourced<number>;
}

/**
 * Enforced: what is executed. Of an Audit policy only what protects counts (floor, grace, approval). Audited: what would be
 * executed if every Audit policy were enforced.
 */
export type Scope = 'Enforced' | 'Audited';

export interface SettingsQuestion {
  /** What the run declares; undefined = nothing. */
  readonly declared: RetentionRules | undefined;
  /** The policies that select it. */
  readonly policies: readonly RetentionPolicy[];
  readonly operator: OperatorFlags;
  readonly scope: Scope;
}

export type SettingsReading =
  | { readonly kind: 'Settled'; readonly settings: Settings }
  | { readonly kind: 'Refused'; readonly why: string };

/** The policies whose deletions count in this scope. */
export const binding = (policies: readonly RetentionPolicy[], scope: Scope): readonly RetentionPolicy[] =>
  scope === 'Audited' ? policies : policies.filter(({ mode }) => mode === 'Enforce');

/** What holds for the run, or which policies contradict each other. */
export function settle(question: SettingsQuestion): SettingsReading {
  const { declared, policies, operator, scope } = question;
  const active = binding(policies, scope);
  const why = conflictOf(active, 'defaults') ?? conflictOf(active, 'capacity');
  if (why !== undefined) return { kind: 'Refused', why };
  return {
    kind: 'Settled',
    settings: {
      rules: rulesOf(declared, active),
      floor: {
        keepNewest: highest(policies, ({ floor }) => floor?.keepNewest),
        minAgeSeconds: highest(policies, ({ floor }) => floor?.minAgeSeconds),
      },
      ceiling: ceilingOf(declared, active),
      defaults: active.find(({ defaults }) => defaults !== undefined)?.defaults,
      abortUploadsAfterSeconds: highest(active, ({ uploads }) => uploads?.abortAfterSeconds),
      graceSeconds: graceOf(policies, operator),
      approveAbovePercent: approvalOf(question, 'percent'),
      approveAboveCheckpoints: approvalOf(question, 'checkpoints'),
    },
  };
}

function conflictOf(policies: readonly RetentionPolicy[], part: 'defaults' | 'capacity'): string | undefined {
  const names = policies.filter((policy) => policy[part] !== undefined).map(({ name }) => name);
  if (names.length < 2) return undefined;
  return `the CheckpointRetentionPolicies ${names.toSorted().join(' and ')} all set ${part} for this run, which one alone may do: narrow their selectors, or remove ${part} from the others`;
}

function rulesOf(
  declared: RetentionRules | undefined,
  policies: readonly RetentionPolicy[],
): Settings['rules'] {
  if (declared !== undefined) return { value: declared, from: { is: 'Run' } };
  const policy = policies.find(({ defaults }) => defaults !== undefined);
  if (policy?.defaults === undefined) return undefined;
  return { value: policy.defaults, from: originOf(policy) };
}

function ceilingOf(
  declared: RetentionRules | undefined,
  policies: readonly RetentionPolicy[],
): Settings['ceiling'] {
  const ofRun: Sourced<Bytes> | undefined =
    declared?.maxBytes === undefined ? undefined : { value: declared.maxBytes, from: { is: 'Run' } };
  const ofPolicies = lowest(policies, ({ ceiling }) => ceiling?.maxBytes);
  return {
    maxCheckpoints: lowest(policies, ({ ceiling }) => ceiling?.maxCheckpoints),
    maxBytes: lowerOf(ofRun, ofPolicies),
    maxAgeSeconds: lowest(policies, ({ ceiling }) => ceiling?.maxAgeSeconds),
    maxPins: lowest(policies, ({ ceiling }) => ceiling?.maxPins),
  };
}

// A policy may only lengthen the operator's grace.
function graceOf(policies: readonly RetentionPolicy[], flags: OperatorFlags): Sourced<Seconds> {
  const { graceSeconds } = flags;
  const longest = highest(policies, (policy) => policy.graceSeconds);
  const ofOperator: Sourced<Seconds> = { value: graceSeconds, from: flagged(flags) };
  return longest !== undefined && longest.value > graceSeconds ? longest : ofOperator;
}

// The strictest policy's, in place of the operator's flag; a policy that is only audited may not loosen it.
function approvalOf(
  { policies, operator, scope }: SettingsQuestion,
  part: keyof ApproveAbove,
): Sourced<number> {
  const value = (policy: RetentionPolicy): number | undefined => policy.approveAbove?.[part];
  const ofOperator: Sourced<number> = { value: operator.approveAbove[part], from: flagged(operator) };
  const inForce = lowest(binding(policies, scope), value) ?? ofOperator;
  return lowerOf(inForce, lowest(policies, value)) ?? inForce;
}

const flagged = ({ isSupposed }: OperatorFlags): Origin =>
  isSupposed === true ? { is: 'OperatorDefault' } : { is: 'Operator' };

type Value = (policy: RetentionPolicy) => number | undefined;

/** The lowest value any of them sets; of equal ones, that of the policy whose name comes first. */
const lowest = (policies: readonly RetentionPolicy[], value: Value): Sourced<number> | undefined =>
  sourced(policies, value).toSorted((a, b) => a.value - b.value)[0];

const highest = (policies: readonly RetentionPolicy[], value: Value): Sourced<number> | undefined =>
  sourced(policies, value).toSorted((a, b) => b.value - a.value)[0];

function sourced(policies: readonly RetentionPolicy[], value: Value): readonly Sourced<number>[] {
  return policies
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((policy) => {
      const set = value(policy);
      return set === undefined ? [] : [{ value: set, from: originOf(policy) }];
    });
}

function lowerOf(
  a: Sourced<number> | undefined,
  b: Sourced<number> | undefined,
): Sourced<number> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.value < a.value ? b : a;
}

const originOf = ({ name }: RetentionPolicy): Origin => ({ is: 'Policy', name });

/** One value that holds for a run, and who says so. */
export interface EffectiveValue {
  /** Its path as in the manifest: `floor.keepNewest`, `rules.keepEvery`. */
  readonly name: string;
  readonly value: number;
  readonly from: Origin;
}

/** Every value that is set, by name. */
export function effectiveValues({ rules, floor, ceiling, ...others }: Settings): readonly EffectiveValue[] {
  const { defaults: _, ...single } = others;
  const { onCompletion, ...plain } = rules?.value ?? {};
  const { from = { is: 'BuiltIn' } } = rules ?? {};
  const ruled = [
    ...valuesIn('rules', plain, from),
    ...valuesIn('rules.onCompletion', onCompletion ?? {}, from),
  ].filter(({ name }) => name !== 'rules.maxBytes');
  const sourced = [
    ...Object.entries(floor).map(([name, one]) => [`floor.${name}`, one] as const),
    ...Object.entries(ceiling).map(([name, one]) => [`ceiling.${name}`, one] as const),
    ...Object.entries(single),
  ];
  return [...ruled, ...sourced.flatMap(([name, one]) => (one === undefined ? [] : [{ name, ...one }]))];
}

function valuesIn(path: string, values: object, from: Origin): readonly EffectiveValue[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'number' ? [{ name: `${path}.${name}`, value, from }] : [],
  );
}
