// What every Cluster tells of a container's log: lines with their times, as it grows, however it grows.
import { expect, test } from 'vitest';
import type { Cluster, LogLine, LogQuery } from '../../src/ports/cluster.ts';
import { never, newName } from './cluster-calls.contract.ts';

export interface LogsUnderTest {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** The container has logged so much more. */
  readonly append: (pod: string, text: string) => void;
  /** The container ends. */
  readonly end: (pod: string) => void;
}

const texts = (lines: readonly LogLine[]): readonly string[] => lines.map(({ text }) => text);

/** Reads until the log ends, or the condition on what was read holds. */
async function read(
  lines: AsyncIterable<LogLine> | undefined,
  isEnough: (read: readonly LogLine[]) => boolean = () => false,
): Promise<readonly LogLine[]> {
  const all: LogLine[] = [];
  for await (const line of lines ?? []) {
    all.push(line);
    if (isEnough(all)) break;
  }
  return all;
}

const bar = (update: number): string => `\rtraining: update=${update}, loss=0.5`;

/** Reading logs line by line. */
export function describeLogs(subject: () => LogsUnderTest): void {
  const ask = async (query: Partial<LogQuery> & { readonly name: string }, signal = never) => {
    const { cluster, namespace } = subject();
    return cluster.logLines({ namespace, container: 'trainer', follow: false, ...query }, signal);
  };

  test('a log that is not there is undefined, also to who follows', async () => {
    expect(await ask({ name: newName() })).toBeUndefined();
    expect(await ask({ name: newName(), follow: true })).toBeUndefined();
  });

  test('the whole log comes in lines, each with the time it was begun, empty ones too', async () => {
    const name = newName();
    subject().append(name, 'one\n\nthree  \nunfinished');
    const lines = await read(await ask({ name }));
    expect(texts(lines)).toEqual(['one', '', 'three  ', 'unfinished']);
    for (const { at } of lines) expect(at).toBeGreaterThan(0);
  });

  test('of the end no more lines than asked for', async () => {
    const name = newName();
    subject().append(name, 'one\ntwo\nthree\n');
    expect(texts(await read(await ask({ name, tailLines: 2 })))).toEqual(['two', 'three']);
  });

  test('who follows gets what comes, until the container ends', async () => {
    const name = newName();
    subject().append(name, 'one\n');
    const lines = await ask({ name, follow: true });
    const reading = read(lines, (all) => {
      if (texts(all).at(-1) === 'one') subject().append(name, 'two\nthr');
      if (texts(all).at(-1) === 'two') {
        subject().append(name, 'ee\n');
        subject().end(name);
      }
      return false;
    });
    expect(texts(await reading)).toEqual(['one', 'two', 'three']);
  });

  test('of a line that carriage returns rewrite for ever, the newest state is told as it comes', async () => {
    const name = newName();
    let update = 0;
    const grow = (): void => {
      const end = update + 500;
      let text = '';
      while (update < end) text += bar((update += 1));
      subject().append(name, text);
    };
    grow();
    const lines = await ask({ name, follow: true });
    const reading = await read(lines, (all) => {
      grow();
      return all.length === 20;
    });
    const told = reading.map(({ text }) => Number(/update=(\d+), loss/.exec(text)?.[1]));
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.length).toBe(20);
    expect(Math.max(...texts(reading).map((text) => text.length))).toBeLessThan(100);
  });

  test('a line of a megabyte comes in pieces', async () => {
    const name = newName();
    subject().append(name, `${'x'.repeat(1_000_000)}\nshort\n`);
    const lines = texts(await read(await ask({ name })));
    expect(lines.at(-1)).toBe('short');
    expect(lines.slice(0, -1).join('')).toBe('x'.repeat(1_000_000));
    expect(Math.max(...lines.map((text) => text.length))).toBeLessThanOrEqual(16_384);
  });

  test('the signal ends it at any time', async () => {
    const name = newName();
    subject().append(name, 'one\n');
    const stop = new AbortController();
    const lines = await ask({ name, follow: true }, stop.signal);
    const reading = read(lines, () => {
      stop.abort(new Error('enough'));
      return false;
    });
    await expect(reading).rejects.toThrow('enough');
  });
}
