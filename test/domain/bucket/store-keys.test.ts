import { expect, test } from 'vitest';
import { parseStoreKey } from '../../../src/domain/bucket/store-keys.ts';

const run = { is: 'OfRun', namespace: 'voice', run: 'zh' } as const;
const attempt = { number: 3, pod: '9f31c2aa' };

test.each([
  ['the claim', 'prod/.reprise-store.json', { is: 'Own' }],
  ['what a probe left', 'prod/.reprise-probe/x/y', { is: 'Own' }],
  ['run.json', 'prod/voice/zh/run.json', { ...run, object: { is: 'Run' } }],
  [
    'a checkpoint',
    'prod/voice/zh/attempts/0003-9f31c2aa/steps/model_500.pt',
    { ...run, object: { is: 'Checkpoint', attempt, kind: 'Step', update: 500 } },
  ],
  ['a name nobody knows, in a run', 'prod/voice/zh/notes.txt', { ...run, object: undefined }],
  ['a source', 'prod/voice/_objects/base.pt', { is: 'Source', namespace: 'voice' }],
  ['another prefix', 'production/voice/zh/run.json', undefined],
  ['no run', 'prod/voice/readme', undefined],
  ['no namespace', 'prod/readme', undefined],
  ['no name of a namespace', 'prod/Voice/zh/run.json', undefined],
  ['no name of a run', 'prod/voice/_pins/run.json', undefined],
  ['an empty part', 'prod//zh/run.json', undefined],
])('%s', (_what, key, expected) => {
  expect(parseStoreKey('prod', key)).toEqual(expected);
});

test('a store that has the whole bucket', () => {
  expect(parseStoreKey('', 'voice/zh/run.json')).toEqual({ ...run, object: { is: 'Run' } });
  expect(parseStoreKey('', '.reprise-store.json')).toEqual({ is: 'Own' });
});
