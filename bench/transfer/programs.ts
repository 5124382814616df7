// The programs the bench runs, each got by the project itself at a pinned version: built from a locked Go module, or installed into a
// virtual environment of Python. What cannot be got is named with its reason, never left out in silence.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../dev/process/command.ts';
import { describeError } from '../../dev/progress/polling.ts';
import { longStep, type Report } from '../../dev/progress/report.ts';
import { cacheDirectory } from '../../dev/tools/binaries.ts';
import { hasGo } from '../../dev/tools/go-build.ts';

const modules = join(import.meta.dirname, '../tools');
const awsVersion = '1.45.11';
const anHour = 3600;

/** A Go program of bench/tools, from the cache or built. @throws naming what is missing */
export async function goProgram(name: string, packageName: string, report: Report): Promise<string> {
  const module = join(modules, name);
  const source = createHash('sha256');
  for (const file of readdirSync(module).toSorted()) source.update(readFileSync(join(module, file)));
  const directory = join(cacheDirectory(), `bench-${name}-${source.digest('hex').slice(0, 12)}`);
  const program = join(directory, name);
  if (existsSync(program)) return program;
  if (!(await hasGo())) throw new Error('Go is not installed to build it (https://go.dev/dl)');
  mkdirSync(cacheDirectory(), { recursive: true });
  const making = mkdtempSync(join(cacheDirectory(), '.making-'));
  const args = [
    'build',
    '-mod=readonly',
    '-trimpath',
    '-ldflags=-s -w',
    '-o',
    join(making, name),
    packageName,
  ];
  const env = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  try {
    await longStep(report, `building ${name} with Go`, () =>
      run('go', args, { cwd: module, env, timeoutSeconds: anHour }),
    );
    mkdirSync(directory, { recursive: true });
    renameSync(join(making, name), program);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return program;
}

/** The AWS CLI in a virtual environment of its own. @throws naming what is missing */
async function awsProgram(report: Report): Promise<string> {
  const directory = join(cacheDirectory(), `bench-aws-${awsVersion}`);
  const program = join(directory, 'bin', 'aws');
  if (existsSync(join(directory, 'complete'))) return program;
  rmSync(directory, { recursive: true, force: true });
  const pip = join(directory, 'bin', 'pip');
  const install = ['install', '--quiet', '--disable-pip-version-check', `awscli==${awsVersion}`];
  await longStep(report, `installing the AWS CLI ${awsVersion}`, async () => {
    await run('python3', ['-m', 'venv', directory], { timeoutSeconds: 300 });
    await run(pip, install, { timeoutSeconds: 900 });
  });
  mkdirSync(join(directory, 'complete'));
  return program;
}

export interface Programs {
  /** Our own: servers, raw transfers, stopwatch. */
  readonly transfer: string;
  readonly rivals: Readonly<Record<string, string>>;
  /** Why a rival is not there. */
  readonly absent: Readonly<Record<string, string>>;
}

/** Gets all of them. @throws when our own cannot be built: then there is nothing to measure with */
export async function getPrograms(without: readonly string[], report: Report): Promise<Programs> {
  const transfer = await goProgram('transfer', '.', report);
  const ways: Readonly<Record<string, () => Promise<string>>> = {
    s5cmd: () => goProgram('s5cmd', 'github.com/peak/s5cmd/v2', report),
    rclone: () => goProgram('rclone', '.', report),
    aws: () => awsProgram(report),
  };
  const rivals: Record<string, string> = {};
  const absent: Record<string, string> = {};
  for (const [name, get] of Object.entries(ways)) {
    if (without.includes(name)) absent[name] = 'left out by WITHOUT';
    else
      try {
        rivals[name] = await get();
      } catch (thrown) {
        absent[name] = describeError(thrown);
      }
  }
  return { transfer, rivals, absent };
}
