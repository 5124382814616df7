// A trainer that hangs: judged only by what was heard of it, told to a person, and ended only where the run says so.
import { describe, expect, test } from 'vitest';
import type { TrainerSight } from '../../../src/domain/run/trainer-sight.ts';
import {
  ago,
  container,
  jobOfAttempt,
  passOver,
  podOfAttempt,
  type RunTale,
  sightOf,
  statusWith,
  timeAgo,
} from '../../support/run-snapshots.ts';

const sight = (since = 600, facts: Partial<TrainerSight> = {}): TrainerSight =>
  sightOf(1, 40, { advancedAt: ago(since), ...facts });

/** An attempt that has trained for so long, whose log has stood at update 40 for 600 s. */
const still = (tale: RunTale = {}, trained = 2000): RunTale => ({
  status: statusWith([{ number: 1 }]),
  spec: { hungAfterSeconds: 600 },
  jobs: [jobOfAttempt(1)],
  pods: [podOfAttempt(1, { trainer: container('Running', { startedAt: ago(trained) }) })],
  snapshot: { sight: sight() },
  ...tale,
});

describe('a trainer that makes no update any more', () => {
  test('is told to a person and left alone', () => {
    const { decision, status } = passOver(still());
    expect(decision).toMatchObject({ standing: { is: 'Stalled', reason: 'Hung' }, actions: [], recheck: 5 });
    expect(status.message).toBe(
      'attempt 1: the trainer has made no update and saved nothing for restart.hungAfterSeconds (600 s). See kubectl logs -n voice -l reprise.dev/run=zh -c trainer; delete its pod to start it anew, or set restart.onHung: Restart.',
    );
    expect(decision.events).toMatchObject([{ type: 'Warning', reason: 'Hung' }]);
  });

  test('is ended as a failure where onHung says so, the intent first; another follows', () => {
    const spec = { hungAfterSeconds: 600, onHung: 'Restart' as const };
    const first = passOver(still({ spec }));
    expect(first.decision.actions).toEqual([{ do: 'DeleteJob', name: 'zh-1', uid: 'job-1' }]);
    expect(first.status.attempts).toMatchObject([{ number: 1, cause: 'Hung' }]);
    const next = passOver({ spec, status: first.status, snapshot: { now: ago(-1) } });
    expect(next.status).toMatchObject({ phase: 'Restarting', failures: 1 });
    expect(next.status.message).toContain(`the next starts at ${timeAgo(-11)}`);
  });

  test.each<{ name: string; tale: RunTale }>([
    { name: 'no rule says so', tale: still({ spec: {} }) },
    { name: 'it made an update since', tale: still({ snapshot: { sight: sight(5) } }) },
    { name: 'the time is not over', tale: still({ snapshot: { sight: sight(599) } }) },
    { name: 'it has only just started', tale: still({}, 599) },
    { name: 'it saved since', tale: still({ bucket: [{ number: 1, last: [40], age: 599 }] }) },
    { name: 'its log cannot be read', tale: still({ snapshot: { sight: sight(600, { heard: false }) } }) },
    { name: 'nothing was seen of it', tale: still({ snapshot: {} }) },
    {
      name: 'its node does not answer',
      tale: still({ pods: [podOfAttempt(1, { nodeState: { is: 'NotReady', since: ago(900) } })] }),
    },
    {
      name: 'it is only being restored',
      tale: still({ pods: [podOfAttempt(1, { restore: container('Running'), trainer: undefined })] }),
    },
  ])('is not taken to hang when $name', ({ tale }) => {
    const { decision } = passOver(tale);
    expect([decision.standing.is, decision.actions]).toEqual(['Live', []]);
  });

  test('hangs too when it never made one', () => {
    const silent = { sight: sight(600, { update: undefined, advancedAt: undefined }) };
    const { decision } = passOver(still({ snapshot: silent }, 600));
    expect(decision.standing).toMatchObject({ is: 'Stalled', reason: 'Hung' });
  });
});
