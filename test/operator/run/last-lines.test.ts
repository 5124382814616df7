// What is heard of the logs of trainers whose pods are being ended: to the end, also when the pod is gone by then.
import { beforeEach, expect, test } from 'vitest';
import { LastLines } from '../../../src/operator/run/last-lines.ts';
import { labels } from '../../../src/api/names.ts';
import type { CacheChange, LogLine, LogQuery } from '../../../src/ports/cluster.ts';
import type { Pod } from '../../../src/ports/kube-objects.ts';
import { RecordedLog } from '../../support/recorded-log.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** A log that says what it is told to say, and ends or breaks off when told. */
class OpenLog implements AsyncIterable<LogLine> {
  readonly #written: string[] = [];
  #end: 'Open' | 'Ended' | 'BrokenOff' = 'Open';
  #wake: () => void = () => undefined;

  write(text: string): void {
    this.#written.push(text);
    this.#wake();
  }

  end(how: 'Ended' | 'BrokenOff' = 'Ended'): void {
    this.#end = how;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogLine> {
    for (;;) {
      for (const text of this.#written.splice(0)) yield { at: undefined, text };
      if (this.#end === 'Ended') return;
      if (this.#end === 'BrokenOff') throw new Error('the connection is lost');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

let clock: VirtualClock;
let lastLines: LastLines;
let logs: Map<string, OpenLog>;
let asked: LogQuery[];
let tell: (change: CacheChange<Pod>) => void;
let stop: () => void;

beforeEach(() => {
  clock = new VirtualClock();
  logs = new Map();
  asked = [];
  const cluster = {
    logLines: async (query: LogQuery) => {
      asked.push(query);
      return logs.get(query.name);
    },
  };
  lastLines = new LastLines({ clock, cluster, log: new RecordedLog() });
  stop = lastLines.listen({
    onChange(listener) {
      tell = listener;
      return () => {
        tell = () => undefined;
      };
    },
  });
});

const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Change {
  readonly deletionTimestamp?: string;
  readonly isRunning?: boolean;
  readonly run?: string | undefined;
}

function podOf(name: string, change: Change = {}): Pod {
  const { deletionTimestamp = '2026-11-22T10:00:00Z', isRunning = true, run = 'zh' } = change;
  const state = isRunning ? { running: {} } : { terminated: { exitCode: 143 } };
  return {
    metadata: {
      name,
      namespace: 'voice',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-11-22T09:00:00Z',
      labels: run === '' ? {} : { [labels.run]: run },
      ...(deletionTimestamp === '' ? {} : { deletionTimestamp }),
    },
    status: { containerStatuses: [{ name: 'trainer', state, restartCount: 0 }] },
  };
}

async function change(pod: Pod): Promise<OpenLog> {
  const log = logs.get(pod.metadata.name) ?? new OpenLog();
  logs.set(pod.metadata.name, log);
  tell({ key: `voice/${pod.metadata.name}`, before: pod, after: pod });
  await settled();
  return log;
}

test('the furthest update is known as it is told, and that it is the last once the log has ended', async () => {
  const log = await change(podOf('zh-1'));
  log.write('update=40');
  log.write('update=42');
  log.write('Traceback');
  await settled();
  expect(lastLines.of('uid-zh-1')).toEqual({ update: 42, isWhole: false });
  log.write('Saved last checkpoint at update 43');
  log.end();
  await settled();
  expect(lastLines.of('uid-zh-1')).toEqual({ update: 43, isWhole: true });
});

test('a log that breaks off may have gone on', async () => {
  const log = await change(podOf('zh-1'));
  log.write('update=40');
  log.end('BrokenOff');
  await settled();
  expect(lastLines.of('uid-zh-1')).toEqual({ update: 40, isWhole: false });
});

test('a pod is asked once, however often it changes', async () => {
  await change(podOf('zh-1'));
  await change(podOf('zh-1'));
  expect(asked).toMatchObject([{ namespace: 'voice', name: 'zh-1', container: 'trainer', follow: true }]);
});

test.each<{ name: string; pod: Pod }>([
  { name: 'that trains on', pod: podOf('zh-1', { deletionTimestamp: '' }) },
  { name: 'whose trainer has ended, which a pass reads', pod: podOf('zh-1', { isRunning: false }) },
  { name: 'of no run', pod: podOf('zh-1', { run: '' }) },
])('nobody listens to a pod $name', async ({ pod }) => {
  await change(pod);
  expect([asked, lastLines.of('uid-zh-1')]).toEqual([[], undefined]);
});

test('not more than 64 are followed at a time, and one that ended makes room', async () => {
  const pods = Array.from({ length: 65 }, (_, at) => podOf(`zh-${at}`));
  for (const pod of pods) await change(pod);
  expect(asked).toHaveLength(64);
  logs.get('zh-0')?.end();
  await settled();
  await change(podOf('zh-64'));
  expect(asked).toHaveLength(65);
});

test('what was heard is forgotten after ten minutes', async () => {
  (await change(podOf('zh-1'))).end();
  await clock.advance(601_000);
  await change(podOf('zh-2'));
  expect(lastLines.of('uid-zh-1')).toBeUndefined();
});

test('nobody listens any more once it was stopped', async () => {
  stop();
  await change(podOf('zh-1'));
  expect(asked).toEqual([]);
});
