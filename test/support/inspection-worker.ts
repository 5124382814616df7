// Inspects the files it is sent in a thread whose heap is small, and answers with the codes of each one's problems.
import { parentPort } from 'node:worker_threads';
import { inspectCheckpoint } from '../../src/checkpoint/inspection.ts';
import { memorySource } from './byte-sources.ts';

async function answer(bytes: Uint8Array): Promise<readonly string[]> {
  try {
    return (await inspectCheckpoint(memorySource(bytes))).problems.map(({ code }) => code);
  } catch (cause) {
    return [`threw ${String(cause)}`];
  }
}

parentPort?.on('message', (bytes: Uint8Array) => {
  void answer(bytes).then((codes) => parentPort?.postMessage(codes, []));
});
