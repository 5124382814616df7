// Changing a run while others change it: nobody's edit is lost, what was done is done once, and it ends.
import { describe, expect, test } from 'vitest';
import { ClusterError } from '../../src/ports/cluster.ts';
import { CliBench } from '../support/cli-bench.ts';
import { type ClusterCall, refusal } from '../support/fake-cluster.ts';

function seeded(): CliBench {
  const bench = new CliBench();
  bench.seedRun({ phase: 'Running', attempts: [{ number: 2, startedAt: '2026-11-22T11:00:00Z' }] });
  return bench;
}

/** Lets something happen before each of the first `times` patches. */
function interfere(bench: CliBench, times: number, act: () => void): () => number {
  let seen = 0;
  bench.cluster.before = ({ verb }: ClusterCall): void => {
    if (verb !== 'patch') return;
    seen += 1;
    if (seen <= times) act();
  };
  return () => seen;
}

describe('somebody else', () => {
  test('edits the run in between: both edits stand', async () => {
    const bench = seeded();
    const tries = interfere(bench, 1, () => bench.patchRun({ spec: { restart: { maxFailures: 7 } } }));
    const { code, out } = await bench.run('suspend', 'xiaoyi-zh', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ changed: true });
    expect(bench.storedRun().spec).toMatchObject({ suspend: true, restart: { maxFailures: 7 } });
    expect(tries()).toBe(2);
  });

  test('asks for the same in between: that is success', async () => {
    const bench = seeded();
    interfere(bench, 1, () => bench.patchRun({ spec: { suspend: true, suspendMode: 'Now' } }));
    expect((await bench.run('suspend', 'xiaoyi-zh')).code).toBe(0);
    expect(bench.storedRun().spec).toMatchObject({ suspend: true, suspendMode: 'Now' });
  });

  test('lets it succeed in between: it is refused, and nothing is written', async () => {
    const bench = seeded();
    interfere(bench, 1, () => bench.setStatus({ phase: 'Succeeded' }));
    const { code, err } = await bench.run('suspend', 'xiaoyi-zh');
    expect(code).toBe(1);
    expect(err).toContain('has succeeded');
    expect(bench.storedRun().spec).not.toHaveProperty('suspend');
  });

  test('makes it anew in between: the new one is left alone', async () => {
    const bench = seeded();
    interfere(bench, 1, () => {
      bench.deleteRun();
      bench.seedRun({ phase: 'Running' });
    });
    const { code, err } = await bench.run('suspend', 'xiaoyi-zh');
    expect(code).toBe(1);
    expect(err).toContain('the TTSTrainingRun voice/xiaoyi-zh was deleted and made anew meanwhile');
    expect(bench.storedRun().spec).not.toHaveProperty('suspend');
  });

  test('never stops editing: it ends after five tries, and says so', async () => {
    const bench = seeded();
    let edits = 0;
    const tries = interfere(bench, Infinity, () =>
      bench.patchRun({ metadata: { labels: { edit: String((edits += 1)) } } }),
    );
    const { code, err } = await bench.run('suspend', 'xiaoyi-zh');
    expect(code).toBe(1);
    expect(err).toMatch(/could not be changed in 5 tries: run the command again \(.*has been modified.*\)/);
    expect(tries()).toBe(5);
  });
});

test('an answer that is lost is asked after, and the change is made once', async () => {
  const bench = seeded();
  bench.cluster.after = ({ verb }): void => {
    if (verb === 'patch') throw refusal('Unavailable', 'the connection was reset');
  };
  const { code, out } = await bench.run('suspend', 'xiaoyi-zh', '-o', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ changed: true });
  expect(bench.cluster.calls.filter(({ verb }) => verb === 'patch')).toHaveLength(1);
  expect(bench.storedRun().metadata.generation).toBe(2);
});

test('a refusal is the API server’s own sentence, and is not tried again', async () => {
  const bench = seeded();
  const message = 'User "ada" cannot patch resource "ttstrainingruns"';
  const tries = interfere(bench, Infinity, () => {
    throw new ClusterError('Forbidden', message);
  });
  const { code, err } = await bench.run('suspend', 'xiaoyi-zh');
  expect({ code, err }).toEqual({ code: 1, err: `error: ${message}\n` });
  expect(tries()).toBe(1);
});
