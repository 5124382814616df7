// What status.message says of an attempt's beginning: from where, because of what, and what could not be used.
import { expect, test } from 'vitest';
import type { AttemptTale } from '../../support/bucket-facts.ts';
import {
  ended,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  sightOf,
  statusWith,
} from '../../support/run-snapshots.ts';

const first: AttemptTale = { number: 1, last: [40], steps: [30] };
const bad = { key: 'prod/voice/zh/attempts/0001-11111111/last/model_40.pt', reason: 'its bytes are wrong.' };

test.each<{ name: string; second: Partial<AttemptTale>; says: string }>([
  { name: 'a resume', second: { from: [1, 30] }, says: ', resumed from update 30 after Evicted; no unsaved' },
  {
    name: 'a resume past a bad checkpoint',
    second: { from: [1, 30], skipped: [bad] },
    says: `, resumed from update 30 after Evicted; ${bad.key} could not be used (its bytes are wrong); `,
  },
  {
    name: 'a resume past several',
    second: { from: [1, 30], skipped: [bad, bad, bad] },
    says: 'could not be used (its bytes are wrong), and 2 more; ',
  },
  {
    name: 'a rollback',
    second: { from: [1, 30], rollback: 'a' },
    says: ', from update 30, as rollback "a" asked; ',
  },
  {
    name: 'a rollback to nothing',
    second: { rollback: 'a' },
    says: ', from scratch, as rollback "a" asked; nothing is saved yet',
  },
  {
    name: 'another run',
    second: { initializedFrom: { key: 'k', update: 800, mode: 'Resume' } },
    says: ', initialised from update 800 (k)',
  },
  {
    name: 'weights of a run',
    second: { initializedFrom: { key: 'k', update: 800, mode: 'WarmStart' } },
    says: ', with the weights of update 800 (k)',
  },
  {
    name: 'weights of an object',
    second: { initializedFrom: { key: 'k', mode: 'WarmStart' } },
    says: ', with the weights of k',
  },
])('$name', ({ second, says }) => {
  const { status } = passOver({
    status: statusWith([{ number: 2 }, ended(1, 'Evicted')]),
    jobs: [jobOfAttempt(2)],
    pods: [podOfAttempt(2)],
    bucket: [first, { number: 2, ...second }],
    snapshot: { sight: sightOf(2, 30) },
  });
  expect(status.message).toContain(says);
});

test('what it resumed after is what interrupted the run, not a number that was given up', () => {
  const { status } = passOver({
    status: statusWith([{ number: 3 }, ended(2, 'NumberGivenUp'), ended(1, 'Evicted')]),
    jobs: [jobOfAttempt(3)],
    pods: [podOfAttempt(3)],
    bucket: [first, { number: 3, from: [1, 40] }],
  });
  expect(status.message).toContain('resumed from update 40 after Evicted');
});
