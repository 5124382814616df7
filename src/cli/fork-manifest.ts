// The manifest of a run that starts where another one is: that one's spec and its user's labels, without what belongs to the one
// run alone or to the tool that keeps it. Reads the object as the API server has it, so that no field is lost on the way.
import { apiVersion, group, runNames } from '../api/names.ts';
import type { StartMode } from '../domain/run/facts.ts';
import type { Update } from '../domain/units.ts';
import type { Manifest } from '../ports/cluster.ts';
import type { KubeObject } from '../ports/kube-objects.ts';

export interface Fork {
  readonly name: string;
  readonly namespace: string;
  /** The source's store: a checkpoint is taken from the same one only. */
  readonly store: string;
  /** Undefined = the newest there is when the fork starts. */
  readonly update: Update | undefined;
  readonly mode: StartMode;
}

/** What is said of one run, and would be wrong of another. */
const ownFields: ReadonlySet<string> = new Set(['initializeFrom', 'rollback', 'pins', 'suspend']);

/** Labels and annotations by which a tool knows its objects: with them it would take the fork for its own, and remove it. */
const ownersNames: ReadonlySet<string> = new Set([
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
]);
const ownersDomains: readonly string[] = [
  group,
  'kubectl.kubernetes.io',
  'argocd.argoproj.io',
  'toolkit.fluxcd.io',
  'helm.sh',
  'kapp.k14s.io',
  'config.k8s.io',
];

/** The fork of `source`, to be created or committed. */
export function forkManifest(source: KubeObject, fork: Fork): Manifest {
  const { labels, annotations } = source.metadata;
  const { name, namespace, store, update, mode } = fork;
  const initializeFrom = { run: source.metadata.name, ...(update === undefined ? {} : { update }), mode };
  return {
    apiVersion,
    kind: runNames.kind,
    metadata: { name, namespace, ...users('labels', labels), ...users('annotations', annotations) },
    spec: { store, initializeFrom, ...withoutOwn(specOf(source), new Set([...ownFields, 'store'])) },
  };
}

type Texts = Readonly<Record<string, string>>;

function users(field: 'labels' | 'annotations', all: Texts = {}): object {
  const kept = Object.entries(all).filter(([name]) => !isOwners(name));
  return kept.length === 0 ? {} : { [field]: Object.fromEntries(kept) };
}

function isOwners(name: string): boolean {
  const [domain = ''] = name.includes('/') ? name.split('/') : [];
  return (
    ownersNames.has(name) || ownersDomains.some((known) => domain === known || domain.endsWith(`.${known}`))
  );
}

const withoutOwn = (spec: object, own: ReadonlySet<string>): object =>
  Object.fromEntries(Object.entries(spec).filter(([field]) => !own.has(field)));

function specOf(source: KubeObject): object {
  return 'spec' in source && typeof source.spec === 'object' && source.spec !== null ? source.spec : {};
}

/** Where a fork's trainer would write under the name of the run it comes from, a clause each. */
export function namedPlaces(
  { args = [], checkpointDir }: { readonly args?: readonly string[]; readonly checkpointDir: string },
  run: string,
): readonly string[] {
  const places = [
    { field: 'trainer.checkpointDir', text: checkpointDir },
    ...args.map((text, index) => ({ field: `trainer.args[${index}]`, text })),
  ];
  return places.filter(({ text }) => hasSegment(text, run)).map(({ field, text }) => `${field} (${text})`);
}

/** True when the name is a whole part of a path in the text: `ckpts.save_dir=ckpts/xiaoyi-zh`. */
function hasSegment(text: string, name: string): boolean {
  const parts = text.split(/[/=,:"' ]/);
  return text.includes('/') && parts.includes(name);
}
