// A run whose operator is stopped between the reserving of a number and the making of its Job, and Jobs that arrive when they like.
import { jobs } from '../../src/ports/kinds.ts';
import { buildAttemptJob } from '../../src/workload/attempt-job.ts';
import { sampleStore } from './attempt-orders.ts';
import { Stopped, type Strike } from './call-trace.ts';
import { type CallHook, refusal } from './fake-cluster.ts';
import { RunBench } from './run-bench.ts';

export class ReservationBench extends RunBench {
  /** The names of the Jobs that were ever made, in order. */
  readonly made: string[] = [];

  constructor() {
    super();
    this.cluster.storage.journal.subscribe(({ table, type, object }) => {
      if (table === 'batch/jobs' && type === 'ADDED') this.made.push(object.metadata.name);
    });
  }

  /** Numbers and causes of the attempts, newest first. */
  get ledger() {
    return this.status.attempts.map(({ number, cause }) => ({ number, cause }));
  }

  readonly isSucceeded = (): boolean => this.status.phase === 'Succeeded';

  /** Stops the operator at its call that makes the first Job. */
  async stopAtCreate(how: Strike['how']): Promise<void> {
    const undisturbed = new RunBench();
    await undisturbed.passes();
    this.trace.strike = { how, call: undisturbed.trace.calls.indexOf('create') };
    try {
      await this.passes();
    } catch (cause) {
      if (cause instanceof Stopped) return;
      throw cause;
    }
    throw new Error('the operator was not stopped');
  }

  /** The Job of this attempt arrives at the API server, however late. */
  makeJob(number: number): void {
    const attempt = { number, expected: undefined, rollback: undefined, from: '', predecessor: undefined };
    const agent = { image: 'registry.example/reprise:0.1.0', pullPolicy: 'IfNotPresent' } as const;
    const order = { run: this.run, store: sampleStore(), agent, clusterUid: 'cluster-uid', attempt };
    this.cluster.storage.create(jobs, buildAttemptJob(order));
  }
}

/** Does this whenever a Job is made. */
export const atCreate =
  (act: () => void): CallHook =>
  ({ verb, plural }) => {
    if (verb === 'create' && plural === 'jobs') act();
  };

/** Answers the making of a Job with this. */
export const answering = (...error: Parameters<typeof refusal>): CallHook =>
  atCreate(() => {
    throw refusal(...error);
  });
