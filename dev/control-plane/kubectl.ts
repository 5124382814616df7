// Runs kubectl against one kubeconfig: the way tests and tools of dev/ act as an administrator.
import { run } from '../process/command.ts';
import { waitUntil } from '../progress/polling.ts';

/** kubectl with a kubeconfig. */
export interface Kubectl {
  readonly program: string;
  readonly kubeconfig: string;
  /** Standard output. @throws CommandError with kubectl's own message */
  run(...args: readonly string[]): Promise<string>;
  /** The parsed answer of `kubectl … -o json`. */
  json(...args: readonly string[]): Promise<unknown>;
  /** Server-side apply of manifests given as objects. */
  apply(...manifests: readonly object[]): Promise<void>;
  /** Server-side apply of a file or directory. */
  applyFile(path: string): Promise<void>;
}

const applyArgs = ['apply', '--server-side', '--force-conflicts', '--field-manager=reprise-dev', '-f'];

// A bound against a hang, not a time-out: `kubectl wait` has one of its own.
const timeoutSeconds = 900;

/** A runner for `program` and `kubeconfig`. */
export function makeKubectl(program: string, kubeconfig: string): Kubectl {
  const common = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${kubeconfig}.cache`];
  const call = (args: readonly string[], stdin?: string): Promise<string> =>
    run(program, [...common, ...args], { timeoutSeconds, ...(stdin === undefined ? {} : { stdin }) });
  return {
    program,
    kubeconfig,
    run: (...args) => call(args),
    json: async (...args) => JSON.parse(await call([...args, '-o', 'json'])),
    async apply(...manifests) {
      await call([...applyArgs, '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
    },
    async applyFile(path) {
      await call([...applyArgs, path]);
    },
  };
}

/**
 * Waits until the CRDs are there to be used, which the API server knows a moment after they were applied.
 * @throws with kubectl's last message when they are not within two minutes
 */
export const untilEstablished = (kubectl: Kubectl): Promise<void> =>
  waitUntil({
    otherwise: 'the CRDs were not established',
    withinSeconds: 120,
    everyMillis: 100,
    async check() {
      // kubectl does not wait but fails for a CRD so new that its conditions are null.
      await kubectl.run('wait', '--for=condition=Established', '--timeout=10s', 'crd', '--all');
      return undefined;
    },
  });
