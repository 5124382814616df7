// CheckpointRetentionPolicies as the API server gives them, read into what decisions rest on. One that says anything unknown is not
// understood: it may be what protects a checkpoint.
import { policySpec } from '../api/policy-spec.ts';
import { parsePolicy } from '../api/policy.ts';
import { isRecord, unknownFields } from '../api/problems.ts';
import { fingerprintOf } from '../domain/fingerprint.ts';
import type { Policies, UnreadablePolicy } from '../domain/retention/policies.ts';
import type { RetentionPolicy } from '../domain/retention/policy.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { retentionPolicy } from './retention-facts.ts';

/** The policies of a complete listing. */
export function readPolicies(objects: Iterable<KubeObject>): Policies {
  const all = [...objects].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const readings = all.map(readPolicy);
  return {
    kind: 'Read',
    version: versionOf(all),
    understood: readings.flatMap((reading) => ('understood' in reading ? [reading.understood] : [])),
    unreadable: readings.flatMap((reading) => ('unreadable' in reading ? [reading.unreadable] : [])),
  };
}

/** The same for the same specs of the same objects, whatever their order; another after any change of one. */
const versionOf = (objects: readonly KubeObject[]): string =>
  fingerprintOf(objects.map(({ metadata: { uid, generation } }) => [uid, generation]));

type Reading = { readonly understood: RetentionPolicy } | { readonly unreadable: UnreadablePolicy };

function readPolicy(object: KubeObject): Reading {
  const parsed = parsePolicy(object);
  const problems = 'problems' in parsed ? parsed.problems : unknownIn(specOf(object), parsed.ok.spec);
  if ('ok' in parsed && problems.length === 0) return { understood: retentionPolicy(parsed.ok) };
  const { name } = object.metadata;
  return { unreadable: { name, selector: selectorOf(object), why: problems.join('; ') } };
}

const specOf = (object: KubeObject): unknown => ('spec' in object ? object.spec : undefined);

/** What selects, where at least that is beyond doubt. */
function selectorOf(object: KubeObject): UnreadablePolicy['selector'] {
  const spec = specOf(object);
  if (!isRecord(spec)) return undefined;
  const { selector } = spec;
  const read = policySpec.shape.selector.safeParse(selector);
  return read.success && unknownIn(selector, read.data).length === 0 ? read.data : undefined;
}

/** The fields that were dropped in reading: a newer operator's. */
const unknownIn = (given: unknown, read: unknown): readonly string[] =>
  unknownFields(given, read, 'spec').map((field) => `${field}: this version does not know the field`);
