// What a judgement of a run must know for a plan of all runs to rest on it: everything that the newest scan saw.
import { expect, test } from 'vitest';
import { emptyDigest } from '../../../src/domain/store/content-digest.ts';
import { isSeenBy, type StoreLook } from '../../../src/operator/sweep/store-looks.ts';

const look: StoreLook = {
  startedAt: 100,
  storeTime: undefined,
  contents: new Map([['voice/zh', 7]]),
  leftBehind: new Map(),
};

test.each([
  { name: 'an older one of the same content does', run: 'voice/zh', readAt: 50, content: 7, knows: true },
  { name: 'an older one of another does not', run: 'voice/zh', readAt: 50, content: 8, knows: false },
  { name: 'one that was read since does', run: 'voice/zh', readAt: 100, content: 8, knows: true },
  {
    name: 'an older one of nothing does, where the scan found nothing',
    run: 'voice/en',
    readAt: 50,
    content: emptyDigest,
    knows: true,
  },
  { name: 'an older one of what has gone does not', run: 'voice/en', readAt: 50, content: 7, knows: false },
])('$name', ({ run, readAt, content, knows }) => {
  expect(isSeenBy(look, run, { readAt, content })).toBe(knows);
});
