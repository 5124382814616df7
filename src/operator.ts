// The operator: `node operator.mjs`. Keeps the heap small before it loads the program: to load and compile it is what takes most memory in
// the operator's life (145 MB resident, with this 131; with MALLOC_ARENA_MAX=1 in its environment 120).
import { preferSmallHeap } from './ops/memory.ts';

preferSmallHeap();

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.once(name, () => stop.abort(new Error(`got ${name}`)));

const { runOperator } = await import('./operator-program.ts');
process.exitCode = await runOperator(process.env, stop.signal);
