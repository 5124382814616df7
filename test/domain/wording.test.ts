// What of a sentence counts as its words: another number, time, amount or made-up name is the same case, another word is another.
import { describe, expect, test } from 'vitest';
import { stableWords } from '../../src/domain/wording.ts';

const uid = '0af1c2d3-1111-4222-8333-0123456789ab';

describe('the same case', () => {
  test.each<{ name: string; a: string; b: string }>([
    { name: 'numbers', a: 'attempt 3 of 5 failed', b: 'attempt 12 of 5 failed' },
    { name: 'times', a: 'since 2026-11-28T08:00:00Z', b: 'since 2026-11-29T23:59:01.25Z' },
    { name: 'durations', a: 'after 5.2s', b: 'after 1m3s' },
    { name: 'amounts', a: 'needs 950 MB', b: 'needs 1.1 GiB' },
    { name: 'addresses', a: 'dial 10.0.0.7:9000', b: 'dial 10.1.22.3:443' },
    { name: 'lists of updates', a: 'saved: 10, 20, 30.', b: 'saved: 10, 20, 30, 40, 50.' },
    { name: 'UIDs', a: `owner ${uid}`, b: `owner ${uid.replaceAll('0', 'f')}` },
    { name: 'request ids', a: 'request 0AF1C2D3E4B5', b: 'request 77AA11BB22CC' },
    { name: 'pods of Jobs', a: 'pod zh-1-bcdfg ended', b: 'pod zh-2-x2z4p ended' },
  ])('with other $name', ({ a, b }) => {
    expect(stableWords(b)).toBe(stableWords(a));
  });
});

describe('another case', () => {
  test.each<{ name: string; a: string; b: string }>([
    { name: 'reason', a: 'AccessDenied: no', b: 'NoSuchBucket: no' },
    { name: 'object', a: 'Secret voice/store is missing', b: 'Secret voice/registry is missing' },
    { name: 'word of hex letters alone', a: 'the name is deadbeef', b: 'the name is facade' },
    { name: 'number of parts', a: 'a is wrong', b: 'a is wrong; b is wrong' },
  ])('with another $name', ({ a, b }) => {
    expect(stableWords(b)).not.toBe(stableWords(a));
  });
});
