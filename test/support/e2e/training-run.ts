// Manifests of the runs that e2e tests apply: the tiny trainer at a quick pace, saving often.
import { reservation } from '../../../dev/node/node-plan.ts';
import { apiVersion, runNames } from '../../../src/api/names.ts';
import type { TestNamespace } from './namespaces.ts';
import { patienceSeconds } from './patience.ts';

/** The pace of a test's trainer. */
export interface Pace {
  readonly updates: number;
  readonly updateSeconds: number;
  readonly stepEvery: number;
  readonly lastEvery: number;
}

export interface RunOptions {
  readonly namespace: TestNamespace;
  readonly name?: string;
  readonly pace?: Partial<Pace>;
  /** the first attempt trains no further than this update, before its saves, until it is ended or released: it is met there for sure */
  readonly holdsAt?: number;
  /** true: runs only on nodes reserved for tests that disturb nodes */
  readonly onReserved?: boolean;
  /** more arguments of the tiny trainer */
  readonly args?: readonly string[];
  /** false: it asks for no GPU */
  readonly gpu?: boolean;
  /** merged over spec, its trainer over spec.trainer */
  readonly spec?: Readonly<Record<string, unknown>> & { readonly store?: string };
  readonly trainer?: Readonly<Record<string, unknown>>;
}

export interface RunManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly store?: string;
    readonly trainer: Readonly<Record<string, unknown>> & { readonly args: readonly string[] };
  };
}

const usual: Pace = { updates: 150, updateSeconds: 0.04, stepEvery: 25, lastEvery: 10 };

/** The grace of every test's pod: longer than any wait, so that a drain, deletion or suspension that outlasts it fails its test. */
export const graceSeconds = 2 * patienceSeconds;

const paceArgs = ({ updates, updateSeconds, stepEvery, lastEvery }: Pace): readonly string[] => [
  `--updates=${updates}`,
  `--update-seconds=${updateSeconds}`,
  `--save-per-updates=${stepEvery}`,
  `--last-per-updates=${lastEvery}`,
];

/** The arguments that a reference of the same training takes: those that shape the weights. */
export const weightArgs = (manifest: RunManifest): readonly string[] =>
  manifest.spec.trainer.args.filter((arg) =>
    /^--(updates|save-per-updates|last-per-updates|size-bytes)=/.test(arg),
  );

/** Whose existence lets a trainer go on that holds. */
export const releaseFile = '/tmp/go';

/** What makes a trainer hold at this update, in this attempt alone. */
export const holdArgs = (update: number, attempt = 1): readonly string[] => [
  `--hang-at=${update}`,
  `--hang-until=${releaseFile}`,
  `--only-on-attempt=${attempt}`,
];

/** The value of the reservation of nodes that tests may disturb. */
export const reservedFor = 'faults';

/** What a pod's spec needs for such a node. */
export const reservedPlace = {
  nodeSelector: { [reservation]: reservedFor },
  tolerations: [{ key: reservation, operator: 'Equal', value: reservedFor, effect: 'NoSchedule' }],
};

/** A run of the tiny trainer. */
export function trainingRun(options: RunOptions): RunManifest {
  const limits = options.gpu === false ? {} : { limits: { 'nvidia.com/gpu': '1' } };
  return {
    apiVersion,
    kind: runNames.kind,
    metadata: { name: options.name ?? 'run', namespace: options.namespace },
    spec: {
      podTemplate: {
        spec: { terminationGracePeriodSeconds: graceSeconds, ...(options.onReserved ? reservedPlace : {}) },
      },
      scratch: { size: '256Mi' },
      sharedMemory: '16Mi',
      sync: { modelLastEverySeconds: 1 },
      ...options.spec,
      trainer: {
        image: 'reprise.local/tiny-trainer:dev',
        imagePullPolicy: 'Never',
        command: ['python3', '/trainer/train.py'],
        args: [
          ...paceArgs({ ...usual, ...options.pace }),
          ...(options.holdsAt === undefined ? [] : holdArgs(options.holdsAt)),
          ...(options.args ?? []),
        ],
        checkpointDir: '/workspace/ckpts',
        resources: { requests: { cpu: '20m', memory: '64Mi' }, ...limits },
        securityContext: { runAsUser: 1000, runAsGroup: 1000 },
        ...options.trainer,
      },
    },
  };
}
