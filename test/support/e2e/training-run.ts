// Manifests of the runs that e2e tests apply: the tiny trainer at a quick pace, saving often.
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
  /** more arguments of the tiny trainer */
  readonly args?: readonly string[];
  /** false: it asks for no GPU, so that more than two can run */
  readonly gpu?: boolean;
  /** merged over spec, its trainer over spec.trainer */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly trainer?: Readonly<Record<string, unknown>>;
}

export interface RunManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>> & {
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

/** A run of the tiny trainer. */
export function trainingRun(options: RunOptions): RunManifest {
  const limits = options.gpu === false ? {} : { limits: { 'nvidia.com/gpu': '1' } };
  return {
    apiVersion,
    kind: runNames.kind,
    metadata: { name: options.name ?? 'run', namespace: options.namespace },
    spec: {
      podTemplate: { spec: { terminationGracePeriodSeconds: graceSeconds } },
      scratch: { size: '256Mi' },
      sharedMemory: '16Mi',
      sync: { modelLastEverySeconds: 1 },
      ...options.spec,
      trainer: {
        image: 'reprise.local/tiny-trainer:dev',
        imagePullPolicy: 'Never',
        command: ['python3', '/trainer/train.py'],
        args: [...paceArgs({ ...usual, ...options.pace }), ...(options.args ?? [])],
        checkpointDir: '/workspace/ckpts',
        resources: { requests: { cpu: '20m', memory: '64Mi' }, ...limits },
        securityContext: { runAsUser: 1000, runAsGroup: 1000 },
        ...options.trainer,
      },
    },
  };
}
