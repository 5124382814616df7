import { expect, test } from 'vitest';
import { agedUpload } from '../../../src/domain/store/stale-upload.ts';

const startedAt = Date.UTC(2026, 10, 22);
const key = 'prod/voice/zh/attempts/0003-9f31c2aa/steps/model_500.pt';
const age = { prefix: 'prod', abortAfterSeconds: 100, storeTime: startedAt + 100_000 };

test('an upload of an attempt that is old enough names that attempt', () => {
  expect(agedUpload({ key, startedAt }, age)).toEqual({
    namespace: 'voice',
    run: 'zh',
    attempt: { number: 3, pod: '9f31c2aa' },
  });
});

test.each([
  ['too young', { key, startedAt: startedAt + 1 }, age],
  ['the clock of the store is not known', { key, startedAt }, { ...age, storeTime: undefined }],
  ['a name nobody knows', { key: 'prod/voice/zh/attempts/0003-9f31c2aa/model.pt', startedAt }, age],
  ['a source that a person sends', { key: 'prod/voice/_objects/base.pt', startedAt }, age],
  ['another prefix', { key: `x${key}`, startedAt }, age],
])('it stays: %s', (_why, upload, limits) => {
  expect(agedUpload(upload, limits)).toBeUndefined();
});
