// The command line beside an operator, over the same fake cluster and bucket: what a user sees of the bench's run and is told of it.
import { apiVersion, storeNames } from '../../src/api/names.ts';
import { commands } from '../../src/cli/commands.ts';
import { runProgram } from '../../src/cli/program.ts';
import { observeRun, type RunObservation } from '../../src/cli/run-observation.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import { yaml } from '../../src/cli/yaml.ts';
import { namespaces, stores } from '../../src/ports/kinds.ts';
import type { Ended } from './cli-bench.ts';
import { refusal } from './fake-cluster.ts';
import { FakeDisk } from './fake-disk.ts';
import { FakeObjectStore } from './fake-object-store.ts';
import { type RunBench, runName } from './run-bench.ts';
import { settle } from './virtual-clock.ts';

const never = new AbortController().signal;

export class CliObserver {
  /** Whether standard output is a terminal. */
  isTerminal = false;
  /** False: neither the user's AWS environment nor the agents' Secret opens the bucket. */
  hasCredentials = true;
  readonly #bench: RunBench;
  #out = '';
  #err = '';

  /** Puts into the cluster what the bench hands its operator directly: the store, and which cluster it is. */
  constructor(bench: RunBench) {
    this.#bench = bench;
    bench.cluster.storage.seed(namespaces, { metadata: { name: 'kube-system', uid: 'cluster-uid' } });
    this.setStore({ type: 'Available', status: 'True', reason: 'Probed', message: '' });
  }

  /** The store as the operator's condition says it is. */
  setStore(
    condition: { type: string; status: string; reason: string; message: string },
    allowedNamespaces: object = {},
  ): void {
    const s3 = { endpoint: 'http://10.88.0.1:7070', bucket: 'voice-ckpts', prefix: 'prod' };
    const lastTransitionTime = '2026-11-22T12:00:00Z';
    const { storage } = this.#bench.cluster;
    if (storage.read(stores, { name: 'main' }) !== undefined) storage.delete(stores, { name: 'main' }, {});
    storage.seed(stores, {
      apiVersion,
      kind: storeNames.kind,
      metadata: { name: 'main', annotations: { 'reprise.dev/is-default-store': 'true' } },
      spec: { s3, agentCredentials: { secretName: 'reprise-store' }, allowedNamespaces },
      status: { observedGeneration: 1, conditions: [{ ...condition, lastTransitionTime }] },
    });
  }

  /** From now on the user may not do this to objects of this kind: `forbid('get', 'nodes')`. */
  forbid(verb: string, plural: string): void {
    const before = this.#bench.cluster.before;
    this.#bench.cluster.before = async (call) => {
      if (call.verb === verb && call.plural === plural)
        throw refusal('Forbidden', `${plural} is forbidden: user may not ${verb} them`);
      await before(call);
    };
  }

  /** What it observes now. */
  async observe(): Promise<RunObservation> {
    const input = { arguments: [], text: () => undefined, isSet: () => false };
    const { cluster } = this.#bench;
    return observeRun({ world: this.#world(), input, cluster }, runName, never);
  }

  /** Runs a command line to its end; time passes only while it waits for it. */
  async run(...args: readonly string[]): Promise<Ended> {
    const { ended } = this.start(never, ...args);
    const over = new AbortController();
    const watched = ended.finally(() => over.abort());
    for (let turn = 0; !over.signal.aborted && turn < 100; turn += 1) {
      await settle();
      if (!over.signal.aborted) await this.#bench.clock.advance(turn < 5 ? 0 : 500);
    }
    return watched;
  }

  /** Starts a command line; `said` tells what it has printed so far. */
  start(
    signal: AbortSignal,
    ...args: readonly string[]
  ): { readonly ended: Promise<Ended>; readonly said: () => string } {
    this.#out = '';
    this.#err = '';
    const code = runProgram({ commands, world: this.#world() }, args, signal);
    return {
      ended: code.then((value) => ({ code: value, out: this.#out, err: this.#err })),
      said: () => this.#out,
    };
  }

  #world(): CliWorld {
    const { clock, cluster } = this.#bench;
    return {
      version: '9.9.9',
      config: { aws: { endpoint: undefined, region: 'us-east-1', caBundle: undefined, profile: 'default' } },
      out: { write: (text) => void (this.#out += text), isTerminal: this.isTerminal, columns: 100 },
      messages: { write: (text) => void (this.#err += text), isTerminal: false, columns: 100 },
      isDrawn: this.isTerminal,
      disk: new FakeDisk(),
      directory: '/',
      clock,
      random: () => 0.5,
      confirm: undefined,
      openCluster: async () => ({
        cluster,
        namespace: 'voice',
        [Symbol.asyncDispose]: async () => undefined,
      }),
      loadYaml: async () => yaml,
      openBucket: async () => this.#openBucket(),
    };
  }

  #openBucket(): FakeObjectStore {
    const { objects, clock } = this.#bench;
    if (this.hasCredentials) return objects;
    const closed = new FakeObjectStore(clock);
    closed.faults.outage = 'NoCredentials';
    return closed;
  }
}
