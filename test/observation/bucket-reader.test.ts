// Reading a run's part of the bucket after a restart of the operator, when no document is known yet.
import { expect, test } from 'vitest';
import { BucketReader } from '../../src/observation/bucket-reader.ts';
import { attemptDocument } from '../../src/wire/attempt-document.ts';
import { FakeObjectStore } from '../support/fake-object-store.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const prefix = 'prod/voice/zh/';
const never = new AbortController().signal;
const clock = new VirtualClock();
const objects = new FakeObjectStore(clock);
const document = attemptDocument.format({
  version: 1,
  attempt: { number: 1, pod: '0000000a' },
  runUid: 'run-uid',
  podUid: 'pod-uid',
  resumedFrom: null,
  initializedFrom: null,
  rollback: null,
  skipped: [],
  image: 'registry.example/f5-tts:1',
  gpus: 1,
  restoreSeconds: 0,
  waitedSeconds: 0,
});
for (let number = 1; number <= 100; number += 1)
  objects.seed(`${prefix}attempts/${String(number).padStart(4, '0')}-0000000a/attempt.json`, document);
objects.faults.add({ on: 'get', delayMilliseconds: 100, times: Infinity });

test('its documents are fetched side by side, each once, and come in the order of the attempts', async () => {
  const reader = new BucketReader();
  const reading = reader.read(objects, prefix, never);
  await clock.advance(1500);
  const read = await reading;
  if (read.kind === 'Unreadable') throw new Error(read.message);
  expect(read.facts.origins.map(({ id }) => id.number)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  const gets = (): number => objects.faults.requests.filter(({ operation }) => operation === 'get').length;
  expect(gets()).toBe(100);
  await reader.read(objects, prefix, never);
  expect(gets()).toBe(100);
});

test('one that fails fails the reading, whatever the others do', async () => {
  objects.faults.add({ on: 'get', key: /0050-/, before: 'AccessDenied' });
  const reading = new BucketReader().read(objects, prefix, never);
  await clock.advance(3000);
  expect(await reading).toMatchObject({ kind: 'Unreadable', reason: 'BucketUnreadable' });
});
