// The agent of a training pod: `node agent.mjs restore|sync [DIRECTORY]`. Listens for SIGTERM, then loads the program: kubelet ends
// sync as soon as the trainer has ended, and one still loading its modules would die of it and leave an attempt without end.json.

// As PID 1 a process without this handler would ignore SIGTERM; as any other it would die without a flush.
const told = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => told.abort(new Error(name)));

const { runAgent } = await import('./agent-program.ts');
process.exit(await runAgent(process.argv.slice(2), told.signal));
