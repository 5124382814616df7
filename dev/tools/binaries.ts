// Finds the programs of the local cluster: an explicit directory, then the cache, then the official download, then a Go build.
// What had to be fetched or built stays in the cache, so that this happens once per version.
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describeError } from '../progress/polling.ts';
import { longStep, type Report } from '../progress/report.ts';
import { downloadTools } from './download.ts';
import { buildTools, hasGo } from './go-build.ts';
import { distributions, type Architecture, type Distribution, type Tool } from './versions.ts';

/** Where programs may lie; from the environment unless given. */
export interface BinarySources {
  readonly explicit: readonly string[];
  readonly cache: string;
}

/** The cache directory of Reprise's development tools. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'reprise');
}

/** REPRISE_ASSETS and KUBEBUILDER_ASSETS, and the cache. */
export function binarySources(env: NodeJS.ProcessEnv = process.env): BinarySources {
  const explicit = [env['REPRISE_ASSETS'], env['KUBEBUILDER_ASSETS']];
  return {
    explicit: explicit.flatMap((path) => (path === undefined || path === '' ? [] : [path])),
    cache: cacheDirectory(env),
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const cached = (cache: string, tool: Tool, version: string): string =>
  join(cache, `${tool}-${version}`, tool);

/** The path of a tool in an explicit directory or the cache; undefined when it must be made. */
export function locate(tool: Tool, distribution: Distribution, sources: BinarySources): string | undefined {
  const candidates = [
    ...sources.explicit.map((directory) => join(directory, tool)),
    cached(sources.cache, tool, distribution.version),
  ];
  return candidates.find(isExecutable);
}

// Renamed into place: a program in the cache is always whole, also when two builds run at the same time.
function place(directory: string, tool: Tool, target: string): void {
  mkdirSync(join(target, '..'), { recursive: true });
  chmodSync(join(directory, tool), 0o755);
  renameSync(join(directory, tool), target);
}

const architectures: Readonly<Record<string, Architecture>> = { x64: 'amd64', arm64: 'arm64' };

interface Making {
  readonly distribution: Distribution;
  readonly tools: readonly Tool[];
  /** where the programs are to be put */
  readonly directory: string;
  readonly report: Report;
}

/** Whether the official download gave the tools. */
async function downloaded({ distribution, tools, directory, report }: Making): Promise<boolean> {
  const architecture = architectures[process.arch];
  const release = architecture === undefined ? undefined : distribution.downloads[architecture];
  if (release === undefined) return false;
  const what = `downloading ${tools.join(', ')} ${distribution.version}`;
  try {
    await longStep(report, what, () => downloadTools(release, { tools, directory }));
    return true;
  } catch (thrown) {
    report(`not downloaded: ${describeError(thrown)}`);
    return false;
  }
}

async function make(making: Making): Promise<void> {
  if (await downloaded(making)) return;
  const { distribution, tools, directory, report } = making;
  const what = `${tools.join(', ')} ${distribution.version}`;
  if (!(await hasGo()))
    throw new Error(
      `${what}: not found, not downloadable, and Go is not installed to build it. Install Go (https://go.dev/dl), ` +
        'or put the program into a directory and name that in REPRISE_ASSETS.',
    );
  await longStep(report, `building ${what} with Go`, () => buildTools(distribution, tools, directory));
}

async function makeMissing(
  distribution: Distribution,
  tools: readonly Tool[],
  { sources, report }: { readonly sources: BinarySources; readonly report: Report },
): Promise<void> {
  mkdirSync(sources.cache, { recursive: true });
  const directory = mkdtempSync(join(sources.cache, '.making-'));
  try {
    await make({ distribution, tools, directory, report });
    for (const tool of tools) place(directory, tool, cached(sources.cache, tool, distribution.version));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Paths of all `tools`, fetched or built where needed. @throws naming the tool, what was tried and the cure */
export async function findBinaries<T extends Tool>(
  tools: readonly T[],
  report: Report,
  sources: BinarySources = binarySources(),
): Promise<Readonly<Record<T, string>>> {
  const found: Partial<Record<Tool, string>> = {};
  for (const distribution of distributions) {
    const wanted = tools.filter((tool) => distribution.packages[tool] !== undefined);
    const missing = wanted.filter((tool) => locate(tool, distribution, sources) === undefined);
    if (missing.length > 0) await makeMissing(distribution, missing, { sources, report });
    for (const tool of wanted) {
      const path = locate(tool, distribution, sources);
      if (path === undefined)
        throw new Error(`${tool} ${distribution.version} was made but is not in ${sources.cache}`);
      found[tool] = path;
    }
  }
  return found as Readonly<Record<T, string>>;
}
