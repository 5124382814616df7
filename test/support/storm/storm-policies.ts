// CheckpointRetentionPolicies of a storm: written as people would, and read with pen and paper.
import fc from 'fast-check';
import type { RetentionPolicy } from '../../../src/domain/retention/policy.ts';
import type { Dice } from '../e2e/dice.ts';
import type { StoredObject } from '../object-storage/journal.ts';
import { policies as policySets } from '../store-tales.ts';
import { draw } from './storm-history.ts';
import { manifestOf } from './storm-manifest.ts';

/** By its operator's flags a process waits so long, and asks for approval above both. */
export const stormFlags = { graceSeconds: 60, approveAbove: { percent: 50, checkpoints: 6 } };

const more = fc.record({
  graceSeconds: fc.constantFrom(undefined, 10, 90, 200),
  approveAbove: fc.constantFrom(
    undefined,
    undefined,
    { percent: 30, checkpoints: 3 },
    { percent: 100, checkpoints: 100 },
  ),
  team: fc.constantFrom(undefined, undefined, 'a', 'b'),
});

/** A few policies, by name. */
export function drawPolicies(dice: Dice): ReadonlyMap<string, object> {
  return new Map(
    draw(dice, policySets).map(({ name, selector, ceiling, capacity, ...policy }) => {
      const { team, ...others } = draw(dice, more);
      const runs = team === undefined ? undefined : { matchLabels: { team } };
      const { maxAgeSeconds, maxCheckpoints, maxBytes } = ceiling ?? {};
      const spec = {
        ...policy,
        ...others,
        selector: { ...selector, runs },
        ceiling: ceiling && {
          maxAgeSeconds,
          maxCheckpointsPerRun: maxCheckpoints,
          maxBytesPerRun: maxBytes === undefined ? undefined : String(maxBytes),
        },
        capacity: capacity && { ...capacity, bytes: String(capacity.bytes) },
      };
      return [name, manifestOf(spec)];
    }),
  );
}

interface PolicySpec extends Omit<RetentionPolicy, 'name' | 'ceiling' | 'selector'> {
  readonly selector: Readonly<
    Record<'namespaces' | 'runs', { readonly matchLabels: Readonly<Record<string, string>> } | undefined>
  >;
  readonly ceiling?: Readonly<
    Record<'maxAgeSeconds' | 'maxCheckpointsPerRun' | 'maxBytesPerRun', string | number | undefined>
  >;
}

export interface Governed {
  /** Those whose deletions count. */
  readonly acting: readonly RetentionPolicy[];
  /** Those whose floors, graces and approvals count. */
  readonly protecting: readonly RetentionPolicy[];
}

type Labels = Readonly<Record<string, string>>;

/** What speaks for a run; undefined where one policy that may cannot be understood. */
export function governedBy(
  objects: readonly StoredObject[],
  { run, namespace }: { readonly run: Labels; readonly namespace: Labels },
): Governed | undefined {
  const selecting = objects.filter((object) => {
    const { selector } = specOf(object);
    return holds(selector.namespaces?.matchLabels, namespace) && holds(selector.runs?.matchLabels, run);
  });
  if (selecting.some((object) => 'shield' in specOf(object))) return undefined;
  const protecting = selecting.map(policyOf).filter(({ mode }) => mode !== 'Off');
  return { protecting, acting: protecting.filter(({ mode }) => mode === 'Enforce') };
}

const specOf = (object: StoredObject): PolicySpec => object['spec'] as PolicySpec;

const holds = (wanted: Labels = {}, labels: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

const number = (value: string | number | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

function policyOf(object: StoredObject): RetentionPolicy {
  const { ceiling, defaults, ...spec } = specOf(object);
  return {
    ...spec,
    name: object.metadata.name,
    selector: {},
    ceiling: {
      maxAgeSeconds: number(ceiling?.maxAgeSeconds),
      maxCheckpoints: number(ceiling?.maxCheckpointsPerRun),
      maxBytes: number(ceiling?.maxBytesPerRun),
    },
    defaults: defaults && { ...defaults, minAgeSeconds: defaults.minAgeSeconds ?? 3600 },
  };
}

/** How long what is condemned stays: the longest of all who say so. */
export const graceOf = ({ protecting }: Governed): number =>
  Math.max(stormFlags.graceSeconds, ...protecting.map(({ graceSeconds = 0 }) => graceSeconds));

/** Above what approval is asked for: enforced policies in place of the operator, audited ones only to be stricter. */
export function approveAboveOf({ acting, protecting }: Governed): typeof stormFlags.approveAbove {
  const lowest = (part: 'percent' | 'checkpoints'): number => {
    const of = (some: readonly RetentionPolicy[]): readonly number[] =>
      some.flatMap(({ approveAbove }) => (approveAbove === undefined ? [] : [approveAbove[part]]));
    const inForce = of(acting).length === 0 ? stormFlags.approveAbove[part] : Math.min(...of(acting));
    return Math.min(inForce, ...of(protecting));
  };
  return { percent: lowest('percent'), checkpoints: lowest('checkpoints') };
}
