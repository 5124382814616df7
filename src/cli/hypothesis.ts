// What a person wants retention planned with, though it is not so in the cluster: rules and policies from a file, another time.
import { policyNames } from '../api/names.ts';
import { policyManifest } from '../api/policy.ts';
import { isRecord, readStrictly } from '../api/problems.ts';
import { retention } from '../api/retention-spec.ts';
import { momentWords, parseMoment } from '../domain/moment.ts';
import type { RetentionPolicy } from '../domain/retention/policy.ts';
import type { RetentionRules } from '../domain/retention/rules.ts';
import type { Instant } from '../domain/units.ts';
import { retentionPolicy, retentionRules } from '../observation/retention-facts.ts';
import type { CommandInput, OptionSpec } from './command.ts';
import { UsageError } from './errors.ts';
import { readText, wrongFile } from './text-file.ts';
import type { CliWorld } from './world.ts';

export const hypothesisOptions: readonly OptionSpec[] = [
  {
    name: 'with',
    value: 'FILE',
    help: 'plan with the retention block (for every run) and the policies of this file, as if enforced',
  },
  { name: 'at', value: 'TIME', help: 'plan for this time: 2026-12-01 or RFC 3339 (default: now)' },
];

export interface Hypothesis {
  /** What every run declares instead of its own; undefined = what it declares. */
  readonly rules: RetentionRules | undefined;
  /** Beside those there are, or in place of those of the same name. All of mode Enforce, but for those that are Off. */
  readonly policies: readonly RetentionPolicy[];
  /** Undefined = now. */
  readonly at: Instant | undefined;
}

/** Reads the options. @throws UsageError, CommandError that names the file and what is wrong in it */
export async function readHypothesis(world: CliWorld, input: CommandInput): Promise<Hypothesis> {
  const at = readMoment('--at', input.text('at'));
  const file = input.text('with');
  if (file === undefined) return { rules: undefined, policies: [], at };
  return { ...(await readRules(world, file)), at };
}

/** The time that an option names; undefined when it was not given. @throws UsageError */
function readMoment(option: string, text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const at = parseMoment(text);
  if (at !== undefined) return at;
  throw new UsageError(`${option} is "${text}": it must be ${momentWords}`);
}

/** The policies as they would be: those of the file in place of those of the same name. */
export const policiesWith = (
  policies: readonly RetentionPolicy[],
  { policies: supposed }: Pick<Hypothesis, 'policies'>,
): readonly RetentionPolicy[] => [
  ...policies.filter(({ name }) => !supposed.some((policy) => policy.name === name)),
  ...supposed,
];

/** People write policies by hand. */
const mostBytes = 4_000_000;

async function readRules(world: CliWorld, file: string): Promise<Omit<Hypothesis, 'at'>> {
  const text = await readText(world, file, mostBytes);
  const read = (await world.loadYaml()).read(text);
  if ('why' in read) throw wrongFile(file, [`it is not YAML: ${read.why}`]);
  const readings = read.documents.map((value, at) =>
    readDocument(value, read.documents.length === 1 ? '' : `document ${at + 1}: `),
  );
  const rules = readings.flatMap((one) => ('rules' in one ? [one.rules] : []));
  const policies = readings.flatMap((one) => ('policy' in one ? [one.policy] : []));
  const problems = [
    ...readings.flatMap((one) => ('problems' in one ? one.problems : [])),
    ...(readings.length === 0 ? [`it is empty: ${wanted}`] : []),
    ...(rules.length > 1 ? [`it has ${rules.length} retention blocks: give one, for every run`] : []),
    ...policies
      .filter(({ name }, at) => policies.findIndex((policy) => policy.name === name) < at)
      .map(({ name }) => `it has the policy ${name} twice: give each once`),
  ];
  if (problems.length > 0) throw wrongFile(file, problems);
  return { rules: rules[0], policies };
}

const wanted = `give a block "retention:" as in the spec of a run, or a ${policyNames.kind}`;

type Reading =
  | { readonly rules: RetentionRules | undefined }
  | { readonly policy: RetentionPolicy }
  | { readonly problems: readonly string[] };

function readDocument(value: unknown, where: string): Reading {
  const reading = understand(value);
  if (!('problems' in reading)) return reading;
  return { problems: reading.problems.map((problem) => `${where}${problem}`) };
}

function understand(value: unknown): Reading {
  if (!isRecord(value)) return { problems: [`it holds ${JSON.stringify(value)}: ${wanted}`] };
  if ('kind' in value || 'spec' in value) return understandPolicy(value);
  const others = Object.keys(value).filter((field) => field !== 'retention');
  if (!('retention' in value) || others.length > 0)
    return { problems: [`it has the field ${others[0] ?? 'nothing'}: ${wanted}`] };
  if (value['retention'] === null)
    return { problems: ['retention is empty: name a rule, or write {} for the defaults alone'] };
  const read = readStrictly(retention, value['retention'], 'retention');
  return 'problems' in read ? read : { rules: retentionRules(read.ok) };
}

function understandPolicy(value: Readonly<Record<string, unknown>>): Reading {
  if (value['kind'] !== policyNames.kind)
    return { problems: [`its kind is ${JSON.stringify(value['kind'])}: ${wanted}`] };
  // what the API server adds to metadata, and status, are no matter here
  const { apiVersion, kind, spec, metadata } = value;
  const name = isRecord(metadata) ? { name: metadata['name'] } : metadata;
  const read = readStrictly(policyManifest, { apiVersion, kind, metadata: name, spec });
  if ('problems' in read) return read;
  const policy = retentionPolicy(read.ok);
  return { policy: policy.mode === 'Off' ? policy : { ...policy, mode: 'Enforce' } };
}
