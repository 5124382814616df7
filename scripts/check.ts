// `make check`: everything that can be said about the tree without running it, side by side, in seconds. Runs every step even
// when one fails, and says for each failure what cures it.
import { spawn } from 'node:child_process';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly cure: string;
}

const steps: readonly Step[] = [
  { name: 'format', command: ['oxfmt', '--list-different'], cure: 'make format' },
  { name: 'lint', command: ['oxlint'], cure: 'see the rule named; the floors are in oxlint.config.ts' },
  { name: 'types', command: ['tsc'], cure: 'see above' },
  {
    name: 'dead code',
    command: ['knip', '--no-progress', '--no-config-hints'],
    cure: 'remove it, or use it (an export used only in its own file need not be exported)',
  },
  { name: 'generated', command: ['node', 'scripts/generate.ts', '--check'], cure: 'make generate' },
  { name: 'tree', command: ['node', 'scripts/check-tree.ts'], cure: 'see above' },
];

interface Outcome {
  readonly step: Step;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

function run(step: Step): Promise<Outcome> {
  const started = performance.now();
  const [program = '', ...args] = step.command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (cause) =>
      reject(new Error(`cannot run ${program}: run this as "make check"`, { cause })),
    );
    child.on('close', (code) => {
      const output = Buffer.concat(chunks).toString().trimEnd();
      resolve({ step, ok: code === 0, output, seconds: (performance.now() - started) / 1000 });
    });
  });
}

function print({ step, ok, output, seconds }: Outcome): void {
  if (!ok) console.log(`${output}\n`);
  console.log(
    `${ok ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(10)} ${seconds.toFixed(1)} s${ok ? '' : `   cure: ${step.cure}`}`,
  );
}

const outcomes = await Promise.all(steps.map(run));
for (const outcome of outcomes.toSorted((a, b) => Number(b.ok) - Number(a.ok))) print(outcome);
process.exitCode = outcomes.every((outcome) => outcome.ok) ? 0 : 1;
