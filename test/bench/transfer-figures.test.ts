// What the transfer bench makes of its figures: a loss is told as a loss.
import { describe, expect, test } from 'vitest';
import type { Client } from '../../bench/transfer/clients.ts';
import { parseOptions, parseSize } from '../../bench/transfer/options.ts';
import type { Row } from '../../bench/transfer/series.ts';
import { formatTable, formatVerdict, spreadOf } from '../../bench/transfer/table.ts';

const job = () => ({ command: [], env: {} });
const client = (name: string, kind: Client['kind']): Client => ({ name, kind, restore: job, upload: job });

function row(name: string, kind: Client['kind'], seconds: readonly number[]): Row {
  const turns = seconds.map((wallSeconds) => ({ wallSeconds, cpuSeconds: wallSeconds, peakBytes: 100e6 }));
  return { client: client(name, kind), turns, absent: undefined };
}

test.each([
  [[3, 1, 2], { median: 2, least: 1, most: 3 }],
  [[4, 1, 2, 3], { median: 2.5, least: 1, most: 4 }],
])('the spread of %j', (values, want) => {
  expect(spreadOf(values)).toEqual(want);
});

describe('the verdict', () => {
  const raw = row('raw', 'raw', [0.5]);
  const rivals = [row('slow', 'rival', [9]), row('quick', 'rival', [1, 2, 3])];

  test('compares medians with the best rival, whoever that is', () => {
    const lines = formatVerdict([row('reprise', 'ours', [1, 1, 9]), ...rivals, raw], 1e9);
    expect(lines[0]).toBe('reached  wall s at or ahead of the best rival: 0.50 times quick');
    expect(lines[2]).toBe('reached  peak at most 256 MB: 100 MB');
  });

  test('says when a goal is missed', () => {
    const lines = formatVerdict([row('reprise', 'ours', [3]), ...rivals, raw], 1e9);
    expect(lines[0]).toBe('MISSED   wall s at or ahead of the best rival: 1.50 times quick');
    expect(lines[1]).toBe('MISSED   CPU s/GB within 1.2 times the best rival: 1.50 times quick');
    expect(formatVerdict([row('reprise', 'ours', []), ...rivals], 1e9)[0]).toContain('MISSED');
  });
});

test('the table names whoever is absent, and why', () => {
  const absent: Row = { client: client('aws', 'rival'), turns: [], absent: 'no Python' };
  const table = formatTable([row('reprise', 'ours', [2]), row('quick', 'rival', [1]), absent], 1e9);
  expect(table).toContain('| aws | absent: no Python |');
  expect(table).toContain('2.00 (2.00–2.00) | 2.00 / –');
});

describe('the options', () => {
  test.each([
    ['5.4GB', 5_400_000_000],
    ['300MB', 300_000_000],
    ['60000000', 60_000_000],
  ])('%s is %i bytes', (text, want) => {
    expect(parseSize(text)).toBe(want);
  });

  test.each(['', '1 GB', 'GB', '1TB', '10MB', '-1GB'])('SIZE=%j is refused', (text) => {
    expect(() => parseSize(text)).toThrow('is not a size');
  });

  test('have defaults, and name what they do not know', () => {
    expect(parseOptions({ SIZE: '', ROUNDS: '' }, '/dev/shm')).toMatchObject({
      sizes: [1e9, 5.4e9],
      rounds: 5,
      servers: ['null', 'versitygw'],
      directory: '/dev/shm',
      tls: false,
    });
    expect(() => parseOptions({ SERVER: 'minio' }, undefined)).toThrow('SERVER=minio is unknown');
    expect(() => parseOptions({ ROUNDS: '0' }, undefined)).toThrow('ROUNDS');
  });
});
