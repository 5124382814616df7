// Progress: a bar that is drawn over on a terminal and cleared at the end, else a line at most every five seconds.
import { describe, expect, test } from 'vitest';
import { showProgress } from '../../src/cli/progress.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const transfer = { verb: 'pulling', sizeBytes: 5_000_000_000 };

/** Reports every `every` milliseconds, so many bytes more each time. */
async function watch(isTerminal: boolean, columns = 120, alreadyBytes = 0) {
  const clock = new VirtualClock();
  const written: string[] = [];
  const messages = { isTerminal, columns, write: (text: string) => void written.push(text) };
  const progress = showProgress({ messages, clock }, { ...transfer, alreadyBytes });
  for (let done = alreadyBytes; done <= transfer.sizeBytes; done += 10_000_000) {
    progress.at(done);
    await clock.advance(25);
  }
  progress.end();
  progress.at(transfer.sizeBytes);
  return written;
}

describe('without a terminal', () => {
  test('a line every five seconds, with percent, rate and time left', async () => {
    expect(await watch(false)).toEqual([
      'pulling  40%  2.00 GB of 5.00 GB  400 MB/s  8s left\n',
      'pulling  80%  4.00 GB of 5.00 GB  400 MB/s  3s left\n',
    ]);
  });

  test('what was there before counts for the percent, not for the rate', async () => {
    expect(await watch(false, 120, 2_500_000_000)).toEqual([
      'pulling  90%  4.50 GB of 5.00 GB  400 MB/s  1s left\n',
    ]);
  });
});

describe('on a terminal', () => {
  test('a bar, at most ten times a second, drawn over and cleared at the end', async () => {
    const written = await watch(true);
    expect(written).toHaveLength(126 + 1);
    expect(written.every((text) => text.startsWith('\r\u001b[K') && !text.includes('\n'))).toBe(true);
    expect(written[62]).toBe(
      `\r\u001b[K${'█'.repeat(11)}${'░'.repeat(13)}  pulling  49%  2.48 GB of 5.00 GB  400 MB/s  6s left`,
    );
    expect(written.at(-1)).toBe('\r\u001b[K');
  });

  test('never longer than a line holds', async () => {
    const written = await watch(true, 40);
    expect(written.every((text) => text.replace('\r\u001b[K', '').length < 40)).toBe(true);
  });
});

test('an empty transfer is done at once', () => {
  const written: string[] = [];
  const messages = { isTerminal: true, columns: 80, write: (text: string) => void written.push(text) };
  showProgress({ messages, clock: new VirtualClock() }, { verb: 'pulling', sizeBytes: 0 }).at(0);
  expect(written.join('')).toContain('pulling 100%  0 B of 0 B');
});
