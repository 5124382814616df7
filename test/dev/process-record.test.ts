// A recorded process is signalled only while it is the very process that was recorded.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endProcess, isAlive, parseProcessRecord, recordProcess } from '../../dev/process/process-record.ts';
import { signalProcess, type ProcessRecord } from '../../dev/process/process-record.ts';

let child: ChildProcess;
let record: ProcessRecord;

beforeEach(() => {
  child = spawn('sleep', ['100'], { stdio: 'ignore' });
  const found = recordProcess(child.pid ?? 0);
  if (found === undefined) throw new Error('sleep did not start');
  record = found;
});

afterEach(() => {
  child.kill('SIGKILL');
});

test.each([
  { name: 'another start time, as after the pid was given away', change: { startTime: '1' } },
  { name: 'another boot of the machine', change: { boot: 'another' } },
])('does not signal a process of $name', async ({ change }) => {
  const stale = { ...record, ...change };
  expect(isAlive(stale)).toBe(false);
  expect(signalProcess(stale, 'SIGKILL')).toBe(false);
  await endProcess(stale, 1);
  expect(isAlive(record)).toBe(true);
});

test('ends a process that is stopped', async () => {
  signalProcess(record, 'SIGSTOP');
  await endProcess(record, 5);
  expect(isAlive(record)).toBe(false);
  expect(child.signalCode ?? 'SIGTERM').toBe('SIGTERM');
});

test('kills a process that ignores SIGTERM', async () => {
  const deaf = spawn('sh', ['-c', 'trap "" TERM; echo on; while :; do sleep 0.1; done'], { stdio: 'pipe' });
  await new Promise((resolve) => deaf.stdout.once('data', resolve));
  const deafRecord = recordProcess(deaf.pid ?? 0);
  if (deafRecord === undefined) throw new Error('sh did not start');
  await endProcess(deafRecord, 0.2);
  expect(isAlive(deafRecord)).toBe(false);
});

// What a killed process looks like for a moment: its first thread has ended, and another still holds what is open.
const headless = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("on", flush=True)
ctypes.CDLL(None).pthread_exit(None)
`;

test('waits for every thread of a process', async () => {
  const python = spawn('python3', ['-c', headless], { stdio: 'pipe' });
  await new Promise((resolve) => python.stdout.once('data', resolve));
  const found = recordProcess(python.pid ?? 0);
  if (found === undefined) throw new Error('python3 did not start');
  const stat = (): string => readFileSync(`/proc/${found.pid}/stat`, 'utf8');
  await vi.waitUntil(() => stat().includes(') Z '));
  expect(isAlive(found)).toBe(true);
  await endProcess(found, 0);
  expect(isAlive(found)).toBe(false);
});

test.each(['', '{}', 'null', '{"pid":1}', '{"pid":"1","startTime":"2","boot":"b"}'])(
  'reads no record in %j',
  (text) => {
    expect(parseProcessRecord(text)).toBeUndefined();
  },
);

test('reads back what was recorded', () => {
  expect(parseProcessRecord(JSON.stringify(record))).toEqual(record);
});
