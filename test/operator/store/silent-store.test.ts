// A server that takes requests and answers none, as a stuck one does: nobody may be held up by it for long, or twice.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../../src/ports/objects.ts';
import { StoreBench } from '../../support/store-bench.ts';

let bench = new StoreBench();

beforeEach(async () => {
  bench = new StoreBench();
  bench.applyStore('main');
  await bench.pass(1);
});
afterEach(async () => bench.end());

function objectsOfRuns(): ObjectStore {
  const found = bench.controller.registry.find('main', {});
  if (found.kind === 'Ready') return found.objects;
  throw new Error(found.message);
}

const stick = (): (() => void) => bench.bucket().faults.add({ hang: true, times: Infinity });

/** Lists as a pass over a run does: the keys, or the error; undefined while it waits. */
function list(objects: ObjectStore): { readonly outcome: () => unknown } {
  let outcome: unknown;
  const listing = async (): Promise<readonly string[]> => {
    const keys: string[] = [];
    for await (const page of objects.list('main/voice/', bench.stop.signal))
      keys.push(...page.map(({ key }) => key));
    return keys;
  };
  listing().then(
    (keys) => (outcome = keys),
    (error: unknown) => (outcome = error),
  );
  return { outcome: () => outcome };
}

const listings = (): number =>
  bench.bucket().faults.requests.filter(({ operation }) => operation === 'list').length;

describe('a pass over a run', () => {
  test('waits 15 s for an answer and is told so', async () => {
    const objects = objectsOfRuns();
    stick();
    const { outcome } = list(objects);
    await bench.pass(14);
    expect(outcome()).toBeUndefined();
    await bench.pass(2);
    expect(outcome()).toMatchObject({ code: 'Unavailable' });
    expect(String(outcome())).toContain(
      'cannot list main/voice/ in s3://ckpts at AWS: no answer within 15 s',
    );
  });

  test('does not wait for a server that was silent a moment ago', async () => {
    const objects = objectsOfRuns();
    stick();
    list(objects);
    await bench.pass(16);
    const before = listings();
    const others = [list(objects), list(objects), list(objects)];
    await bench.pass(0);
    for (const { outcome } of others) {
      expect(outcome()).toMatchObject({ code: 'Unavailable' });
      expect(String(outcome())).toContain(
        's3://ckpts at AWS is not asked just now: it gave no answer within 15 s',
      );
    }
    expect(listings()).toBe(before);
  });

  test('alone asks again later, while the others go on without', async () => {
    const objects = objectsOfRuns();
    stick();
    list(objects);
    await bench.pass(26);
    const before = listings();
    const asking = list(objects);
    const others = [list(objects), list(objects)];
    await bench.pass(1);
    expect(asking.outcome()).toBeUndefined();
    for (const { outcome } of others) expect(outcome()).toMatchObject({ code: 'Unavailable' });
    expect(listings()).toBe(before + 1);
  });

  test('finds everything as it was once the server answers', async () => {
    const objects = objectsOfRuns();
    const unstick = stick();
    list(objects);
    await bench.pass(26);
    unstick();
    const again = [list(objects), list(objects)];
    await bench.pass(1);
    const afterwards = list(objects);
    await bench.pass(1);
    expect([again[0]?.outcome(), afterwards.outcome()]).toEqual([[], []]);
  });

  test('may take long over a long listing: each page has its own time', async () => {
    const objects = objectsOfRuns();
    bench.bucket().seed('main/voice/a', 'a');
    bench.bucket().seed('main/voice/b', 'b');
    bench.bucket().pageSize = 1;
    bench.bucket().faults.add({ on: 'list', delayMilliseconds: 14_000 });
    const slow = list(objects);
    await bench.pass(15);
    expect(slow.outcome()).toEqual(['main/voice/a', 'main/voice/b']);
  });

  test('that finds the server away has the store looked at: nobody waits for the minute to pass', async () => {
    const objects = objectsOfRuns();
    bench.bucket().faults.outage = 'Unavailable';
    list(objects);
    await bench.pass(2);
    expect(bench.available('main')).toMatchObject({ status: 'False', reason: 'Unreachable' });
  });
});

describe('the store', () => {
  test('that goes silent is Unreachable, with what was waited for', async () => {
    stick();
    await bench.pass(90);
    expect(bench.available('main')).toMatchObject({ status: 'False', reason: 'Unreachable' });
    expect(bench.available('main').message).toContain('no answer within 15 s');
  });

  test('is Available again soon after its server answers', async () => {
    const unstick = stick();
    await bench.pass(300);
    unstick();
    await bench.pass(76);
    expect(bench.available('main')).toMatchObject({ status: 'True' });
  });
});
