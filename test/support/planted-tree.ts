// A copy of this project's rules (configurations and the scripts that check and test) in a temporary folder, with files planted in it: what a check
// says of a fault can be seen without touching the real tree. Runs the tools as `make check` does.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const configurations = [
  '.gitignore',
  '.oxfmtrc.json',
  'oxlint.config.ts',
  'knip.config.ts',
  'vitest.config.ts',
  'tsconfig.json',
];
// not those that import src/, which a planted tree does not have
const scripts = ['check', 'check-tree', 'test', 'tiers', 'tier-run', 'tier-report', 'tier-reporter'];
const rules = [...configurations, ...scripts.map((name) => `scripts/${name}.ts`)];

/** How a tool ended; `output` is stdout and stderr together. */
export interface ToolRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly output: string;
}

/** One finding of the linter. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  /** as the linter prints it: eslint(no-restricted-imports); it has no code for a suppression that suppresses nothing */
  readonly code: string;
}

/** A folder that looks like this project to its tools; `using` removes it. */
export class PlantedTree implements Disposable {
  readonly folder: string;

  constructor(files: Readonly<Record<string, string>>) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'reprise-gates-')));
    for (const name of rules) this.copy(name);
    symlinkSync(realpathSync(join(root, 'node_modules')), join(this.folder, 'node_modules'));
    for (const [path, text] of Object.entries(files)) this.plant(path, text);
  }

  plant(path: string, text: string): void {
    const full = join(this.folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  /** Copies a file or folder of the real tree into this one. */
  copy(path: string): void {
    cpSync(join(root, path), join(this.folder, path), { recursive: true });
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Runs a tool of node_modules/.bin, or node, in the folder. */
  run(program: string, args: readonly string[] = []): ToolRun {
    const bin = join(this.folder, 'node_modules/.bin');
    const path = [dirname(process.execPath), bin, process.env['PATH']].join(delimiter);
    const env = { ...process.env, PATH: path, NO_COLOR: '1', VITEST: '', NODE_OPTIONS: '' };
    const done = spawnSync(program, args, { cwd: this.folder, env, encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (done.error !== undefined) throw done.error;
    return { code: done.status, stdout: done.stdout, output: done.stdout + done.stderr };
  }

  /** Every finding of the linter in the folder. */
  lint(): readonly Finding[] {
    const { stdout } = this.run('oxlint', ['--format', 'json']);
    const report = JSON.parse(stdout) as {
      diagnostics: { filename: string; code?: string; labels: { span: { line: number } }[] }[];
    };
    return report.diagnostics.map((d) => ({
      file: d.filename,
      line: d.labels[0]?.span.line ?? 0,
      code: d.code ?? 'unused directive',
    }));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
