// The cache behind every watch: differences of a new list, label indexes, replaced objects, silence.
import { expect, test } from 'vitest';
import { ObjectCache } from '../../src/kube/object-cache.ts';
import type { KubeObject } from '../../src/ports/kube-objects.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function object(name: string, version: string, extra: { uid?: string; run?: string } = {}): KubeObject {
  const labels = extra.run === undefined ? {} : { run: extra.run };
  const creationTimestamp = '2026-11-22T12:00:00Z';
  const uid = extra.uid ?? `uid-${name}`;
  return { metadata: { name, namespace: 'voice', uid, resourceVersion: version, creationTimestamp, labels } };
}

const version = (one: KubeObject | undefined): string => one?.metadata.resourceVersion ?? '-';

function makeCache(): {
  cache: ObjectCache<KubeObject>;
  told: string[];
  clock: VirtualClock;
  log: RecordedLog;
} {
  const clock = new VirtualClock();
  const log = new RecordedLog();
  const cache = new ObjectCache<KubeObject>({ indexLabels: ['run'], clock, log });
  const told: string[] = [];
  cache.onChange(({ key, before, after }) => told.push(`${key} ${version(before)}>${version(after)}`));
  return { cache, told, clock, log };
}

test('a new list tells what went, what changed and what came, and nothing else', () => {
  const { cache, told } = makeCache();
  cache.replace([object('a', '1'), object('b', '2'), object('c', '3')]);
  told.length = 0;
  cache.replace([object('d', '9'), object('c', '3'), object('b', '8')]);
  expect(told).toEqual(['voice/a 1>-', 'voice/d ->9', 'voice/b 2>8']);
  expect([...cache.values()].map((one) => one.metadata.name).toSorted()).toEqual(['b', 'c', 'd']);
});

test.each(['list', 'event'])('another object under a known name is told as gone and new (%s)', (by) => {
  const { cache, told } = makeCache();
  cache.replace([object('a', '1', { run: 'x' })]);
  told.length = 0;
  const again = object('a', '7', { uid: 'another', run: 'y' });
  if (by === 'list') cache.replace([again]);
  else cache.put(again);
  expect(told).toEqual(['voice/a 1>-', 'voice/a ->7']);
  expect(cache.labelled('run', 'x')).toEqual([]);
  expect(cache.labelled('run', 'y')).toEqual([again]);
});

test('the label index follows a changed label', () => {
  const { cache } = makeCache();
  cache.put(object('a', '1', { run: 'x' }));
  cache.put(object('b', '2', { run: 'x' }));
  cache.put(object('a', '3', { run: 'y' }));
  expect(cache.labelled('run', 'x').map((one) => one.metadata.name)).toEqual(['b']);
  expect(cache.labelled('run', 'y').map((one) => one.metadata.name)).toEqual(['a']);
  cache.remove(object('b', '4', { run: 'x' }));
  expect(cache.labelled('run', 'x')).toEqual([]);
});

test('asking by a label that was not named is an error, not an empty answer', () => {
  expect(() => makeCache().cache.labelled('other', 'x')).toThrow('label other was not named');
});

test('an event already known, and the end of an unknown object, tell nothing', () => {
  const { cache, told } = makeCache();
  cache.put(object('a', '1'));
  cache.put(object('a', '1'));
  cache.remove(object('unknown', '2'));
  expect(told).toEqual(['voice/a ->1']);
});

test('a listener that throws is named in the log and the others still hear', () => {
  const { cache, log } = makeCache();
  const heard: string[] = [];
  cache.onChange(() => {
    throw new Error('a bug');
  });
  cache.onChange(({ key }) => heard.push(key));
  cache.replace([object('a', '1'), object('b', '2')]);
  expect(heard).toEqual(['voice/a', 'voice/b']);
  expect(log.messages('error')).toHaveLength(2);
  expect(log.lines[0]?.fields['key']).toBe('voice/a');
});

test('a listener sees the whole new list when it is told of its first change', () => {
  const { cache } = makeCache();
  const seen: number[] = [];
  cache.onChange(() => seen.push([...cache.values()].length));
  cache.replace([object('a', '1'), object('b', '2')]);
  expect(seen).toEqual([2, 2]);
});

test('synced waits for the first list, silence for the last word', async () => {
  const { cache, clock } = makeCache();
  const stop = new AbortController();
  const waiting = cache.synced(stop.signal);
  await clock.advance(4000);
  expect(cache.silence()).toBe(4000);
  cache.replace([]);
  await waiting;
  expect(cache.silence()).toBe(0);
  await clock.advance(100);
  cache.heard();
  expect(cache.silence()).toBe(0);
});
