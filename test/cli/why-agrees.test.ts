// why and the operator ask one question of one cluster: through whatever a run meets, the command line comes to the very decision the
// operator comes to, from what a user can see.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/cli/explanation.ts';
import { decide } from '../../src/domain/run/decide.ts';
import type { Decision } from '../../src/domain/run/decision.ts';
import { jobs, pods } from '../../src/ports/kinds.ts';
import { CliObserver } from '../support/cli-observer.ts';
import { runs } from '../support/counts.ts';
import { refusal } from '../support/fake-cluster.ts';
import { RunBench } from '../support/run-bench.ts';

const newestPod = (bench: RunBench) => bench.training.pods.at(-1)?.metadata;

/** What may happen to a run, by its name. */
const happenings: Readonly<Record<string, (bench: RunBench) => void>> = {
  wait: () => undefined,
  evict: (bench) => {
    const pod = newestPod(bench);
    if (pod !== undefined) bench.training.kubelet.evict(pod);
  },
  deletePod: (bench) => {
    const pod = newestPod(bench);
    if (pod !== undefined) bench.training.kubelet.deletePod(pod);
  },
  deleteJob: (bench) => {
    const name = bench.jobNames.at(-1);
    if (name !== undefined)
      bench.cluster.storage.delete(jobs, { namespace: 'voice', name }, { propagation: 'Background' });
  },
  loseNode: (bench) => {
    const node = bench.training.pods.at(-1)?.spec?.nodeName;
    const pod = newestPod(bench);
    if (node === undefined || pod === undefined) return;
    bench.training.loseNode(node);
    bench.training.kubelet.evict(pod, 'DeletionByTaintManager');
  },
  crash: (bench) => {
    const made = bench.training.history.updatesMade;
    bench.training.script = {
      ...bench.training.script,
      crashes: Array.from({ length: 9 }, (_, at) => made + at),
    };
  },
  noRoom: (bench) => void (bench.training.hasRoom = false),
  room: (bench) => void (bench.training.hasRoom = true),
  noFlush: (bench) => void (bench.training.flushes = false),
  suspend: (bench) => bench.change({ spec: { suspend: true, suspendMode: 'Now' } }),
  suspendLater: (bench) => bench.change({ spec: { suspend: true, suspendMode: 'AfterNextSave' } }),
  resume: (bench) => bench.change({ spec: { suspend: false } }),
  edit: (bench) => bench.change({ spec: { trainer: { args: [`--at=${bench.clock.now()}`] } } }),
  rollback: (bench) =>
    bench.change({ spec: { rollback: { update: 20, attempt: 0, id: String(bench.clock.now()) } } }),
  rollbackNowhere: (bench) =>
    bench.change({ spec: { rollback: { update: 7, attempt: 0, id: String(bench.clock.now()) } } }),
  retry: (bench) =>
    bench.change({ metadata: { annotations: { 'reprise.dev/retry': String(bench.clock.now()) } } }),
  budget: (bench) => bench.change({ spec: { restart: { maxFailures: 1, maxDisruptions: 1 } } }),
  deadline: (bench) => bench.change({ spec: { activeDeadlineSeconds: 10 } }),
  moreGpus: (bench) =>
    bench.change({ spec: { trainer: { resources: { limits: { 'nvidia.com/gpu': '2' } } } } }),
  refuseJobs: (bench) => {
    bench.cluster.before = ({ verb, plural }) => {
      if (verb === 'create' && plural === 'jobs') throw refusal('Forbidden', 'exceeded quota: q');
    };
  },
  allowJobs: (bench) => void (bench.cluster.before = () => undefined),
  loseDocument: (bench) => {
    const key = [...bench.objects.objects.keys()].find((name) => name.endsWith('attempt.json'));
    if (key !== undefined) bench.objects.objects.delete(key);
  },
};

const essence = ({ standing, actions, recheck, attempt, failures, disruptions }: Decision) => ({
  standing,
  actions,
  recheck,
  attempt,
  failures,
  disruptions,
});

/**
 * True while only the operator's memory knows how an attempt ended: that it has made the Job of which nothing is there, or what the watch
 * showed last of a pod that is gone.
 */
function remembersAlone({ cluster, run: { status } }: RunBench, { attempts }: Decision): boolean {
  const there = new Set(cluster.storage.list(pods, {}).map(({ metadata }) => metadata.uid));
  return attempts.some(({ entry: { number, cause }, pod }) => {
    const isGone = pod !== undefined && !there.has(pod.uid);
    const isTold = status?.attempts.find((known) => known.number === number)?.cause !== undefined;
    return !isTold && (cause === 'NumberGivenUp' || (cause !== undefined && isGone));
  });
}

/** The user's decision beside the operator's; the same facts make the same choice. */
async function expectAgreement(bench: RunBench, observer: CliObserver): Promise<string> {
  const theirs = await bench.decision();
  const observation = await observer.observe();
  expect(observation.gaps).toEqual([]);
  if (remembersAlone(bench, theirs)) return theirs.standing.is;
  const ours = decide(observation.snapshot);
  const { next } = explain(observation.snapshot, observation);
  expect(next?.actions).toEqual(theirs.actions);
  expect(essence(ours)).toEqual(essence(theirs));
  expect(next?.recheck).toBe(theirs.recheck);
  return theirs.standing.is;
}

const met = new Set<string>();

async function expectAgreementThrough(script: readonly string[]): Promise<void> {
  const bench = new RunBench();
  const observer = new CliObserver(bench);
  bench.training.script = { pace: 5, stepEvery: 10, target: 400, crashes: [] };
  for (const name of script) {
    happenings[name]?.(bench);
    met.add(await expectAgreement(bench, observer));
    await bench.passes();
    met.add(await expectAgreement(bench, observer));
    await bench.training.turn();
    met.add(await expectAgreement(bench, observer));
    await bench.clock.advance(4000);
  }
}

describe('why decides as the operator does', () => {
  test.each([
    { name: 'an eviction, flushed and resumed', script: 'wait wait wait evict wait wait' },
    { name: 'crash after crash, to the end', script: 'wait budget wait crash wait wait retry wait' },
    { name: 'a lost node', script: 'wait wait wait loseNode wait wait wait' },
    { name: 'a suspension and its end', script: 'wait wait wait suspendLater wait suspend wait resume wait' },
    { name: 'a Job that is refused', script: 'refuseJobs wait wait allowJobs wait wait' },
    {
      name: 'a Job that is refused, and a suspension since',
      script: 'refuseJobs wait wait suspend wait resume wait allowJobs wait',
    },
    { name: 'a lineage that broke', script: 'wait wait wait evict wait loseDocument wait evict wait' },
    {
      name: 'a Job deleted, and a document lost under its pod',
      script: 'wait wait deleteJob loseDocument evict wait wait',
    },
    { name: 'other GPUs', script: 'wait wait wait moreGpus evict wait wait' },
  ])('through $name', async ({ script }) => {
    await expectAgreementThrough(script.split(' '));
  });

  test('through whatever happens', async () => {
    const script = fc.array(fc.constantFrom(...Object.keys(happenings), 'wait', 'wait', 'wait'), {
      minLength: 6,
      maxLength: 16,
    });
    await fc.assert(fc.asyncProperty(script, expectAgreementThrough), { numRuns: runs(25, 1000) });
  });

  test('and has met every way a run can stand', () => {
    expect([...met].toSorted()).toEqual(['Failed', 'Live', 'Restarting', 'Stalled', 'Starting', 'Suspended']);
  });
});
