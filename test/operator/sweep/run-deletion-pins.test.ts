// What a run with deletionPolicy Delete left goes but for what pins hold, and that goes with its last pin.
import { beforeEach, expect, test } from 'vitest';
import { DeletionBench } from '../../support/deletion-bench.ts';

let bench: DeletionBench;

beforeEach(() => {
  bench = new DeletionBench();
  bench.seedMarker();
  bench.seedAttempts();
});

const pin = (name: string, change: object = {}): void => {
  const [, attempt, update] = /^(\d+)-(\d+)$/.exec(name) ?? [];
  const words = {
    runUid: 'former-uid',
    reason: null,
    until: null,
    since: '2026-11-01T00:00:00Z',
    keys: [],
  };
  const document = { version: 1, attempt: Number(attempt), update: Number(update), ...words, ...change };
  bench.objects.seed(`prod/voice/zh/pins/${name}.json`, JSON.stringify(document));
};
const held = [
  'attempts/0001-aaaaaaaa/attempt.json',
  'attempts/0001-aaaaaaaa/end.json',
  'attempts/0001-aaaaaaaa/steps/model_10.pt',
  'pins/0001-10.json',
  'run.json',
];
const unpin = (): void => void bench.objects.objects.delete('prod/voice/zh/pins/0001-10.json');

test('what a pin holds stays, with what tells of it; the rest goes, and the log says which', async () => {
  pin('0001-10');
  await bench.live();
  expect(bench.left).toEqual(held);
  expect(bench.marker?.deletion).toMatchObject({ begun: true, finished: true });
  expect(bench.log.lines.at(-1)?.fields).toMatchObject({
    pinned: ['attempts/0001-aaaaaaaa/steps/model_10.pt'],
    deleted: 5,
  });
});

test('it is looked at again without a word being written, and goes after a grace of its own', async () => {
  pin('0001-10');
  await bench.live(5000);
  const etag = bench.objects.objects.get('prod/voice/zh/run.json')?.etag;
  await bench.live(5000);
  expect(bench.objects.objects.get('prod/voice/zh/run.json')?.etag).toBe(etag);
  unpin();
  await bench.live(99);
  expect(bench.left).toHaveLength(held.length - 1);
  await bench.live();
  expect(bench.left).toEqual([]);
});

test('it goes once its time is over by the store clock', async () => {
  pin('0001-10', { until: '2026-11-22T20:00:00Z' });
  await bench.live();
  expect(bench.left).toEqual(held);
  await bench.clock.advance(86_400_000);
  await bench.live();
  expect(bench.left).toEqual([]);
});

test('it stays while a run waits to start from it, though nothing pins it any more', async () => {
  pin('0001-10');
  await bench.live();
  bench.applyRun('en', { initializeFrom: { run: 'zh', update: 10 } });
  unpin();
  await bench.live(1000);
  expect(bench.left).toEqual(held.filter((name) => !name.startsWith('pins/')));
});

test('it stays when its pin cannot be understood', async () => {
  bench.objects.seed('prod/voice/zh/pins/0001-10.json', 'not JSON');
  await bench.live();
  expect(bench.left).toEqual(held);
});

test('a pin of a newer layout holds everything', async () => {
  pin('0001-10', { version: 2 });
  await bench.live(100);
  await expect(bench.live()).rejects.toThrow('layout version 2');
  expect(bench.left).toHaveLength(10);
});

test('a new run that took the place over meanwhile loses nothing', async () => {
  pin('0001-10');
  await bench.live();
  bench.seedMarker({ runUid: 'new-uid', highestAttempt: 3 });
  unpin();
  await bench.live(1000);
  expect(bench.left).toContain('attempts/0001-aaaaaaaa/steps/model_10.pt');
});

test('who starts anew beside it at the last moment loses nothing', async () => {
  pin('0001-10');
  await bench.live();
  unpin();
  bench.cluster.after = ({ verb, plural }) => {
    if (verb === 'list' && plural === 'pods') bench.seedMarker({ runUid: 'new-uid', highestAttempt: 3 });
  };
  await bench.live(1000);
  expect(bench.left).toEqual(held.filter((name) => !name.startsWith('pins/')));
});
