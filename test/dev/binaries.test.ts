// Programs of the local cluster come from the first place that has them, and nothing unverified is ever placed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { binarySources, findBinaries, locate } from '../../dev/tools/binaries.ts';
import { downloadTools } from '../../dev/tools/download.ts';
import { distributions, type Distribution } from '../../dev/tools/versions.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reprise-binaries-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function program(path: string, text = '#!/bin/sh\n'): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

const distributionOf = (version: string): Distribution => {
  const found = distributions.find((d) => d.version === version);
  if (found === undefined) throw new Error(version);
  return found;
};
const etcd = distributionOf('3.7.3');

test('an explicit directory wins over the cache, and each tool is looked up by itself', () => {
  const cached = program(join(directory, 'cache/reprise/etcd-3.7.3/etcd'));
  const env = {
    REPRISE_ASSETS: join(directory, 'assets'),
    KUBEBUILDER_ASSETS: '',
    XDG_CACHE_HOME: join(directory, 'cache'),
  };
  expect(locate('etcd', etcd, binarySources(env))).toBe(cached);
  const explicit = program(join(directory, 'assets/etcd'));
  expect(locate('etcd', etcd, binarySources(env))).toBe(explicit);
});

test('a file that cannot be executed is not taken', () => {
  writeFileSync(join(directory, 'etcd'), 'data', { mode: 0o644 });
  expect(locate('etcd', etcd, { explicit: [directory], cache: directory })).toBeUndefined();
});

test('what is missing is built once and then found in the cache', async () => {
  const script =
    'for a; do case "$a" in */) out=$a;; esac; done; echo built >> "$BUILDS"; echo x > "${out}etcd"';
  program(join(directory, 'bin/go'), `#!/bin/sh\n[ "$1" = version ] && exit 0\n${script}\n`);
  vi.stubEnv('PATH', `${join(directory, 'bin')}:${process.env['PATH']}`);
  vi.stubEnv('BUILDS', join(directory, 'builds'));
  const sources = { explicit: [], cache: join(directory, 'cache') };
  const lines: string[] = [];
  for (let times = 0; times < 2; times++) {
    const found = await findBinaries(['etcd'], (line) => lines.push(line), sources);
    expect(found.etcd).toBe(join(directory, 'cache/etcd-3.7.3/etcd'));
  }
  expect(readFileSync(join(directory, 'builds'), 'utf8')).toBe('built\n');
  expect(readdirSync(join(directory, 'cache'))).toEqual(['etcd-3.7.3']);
  expect(lines.join('\n')).toContain('building etcd 3.7.3 with Go');
});

test('a build that fails shows the output of the compiler and leaves nothing', async () => {
  program(
    join(directory, 'bin/go'),
    '#!/bin/sh\n[ "$1" = version ] && exit 0\necho "no such module" >&2; exit 1\n',
  );
  vi.stubEnv('PATH', `${join(directory, 'bin')}:${process.env['PATH']}`);
  const sources = { explicit: [], cache: join(directory, 'cache') };
  await expect(findBinaries(['etcd'], () => undefined, sources)).rejects.toThrow(
    /building etcd 3.7.3 failed:\n.*no such module/,
  );
  expect(readdirSync(join(directory, 'cache'))).toEqual([]);
});

test('without Go and download the cure is named', async () => {
  vi.stubEnv('PATH', join(directory, 'empty'));
  const sources = { explicit: [], cache: join(directory, 'cache') };
  await expect(findBinaries(['etcd'], () => undefined, sources)).rejects.toThrow(
    /Install Go .*REPRISE_ASSETS/,
  );
});

async function serve(archive: Buffer | undefined): Promise<{ server: Server; url: string }> {
  const server = createServer((_request, response) => {
    if (archive !== undefined) response.end(archive); // else no answer at all
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, url: `http://127.0.0.1:${address.port}/archive.tar.gz` };
}

function makeArchive(): Buffer {
  program(join(directory, 'release/bin/etcd'), 'the released program');
  execFileSync('tar', ['-czf', join(directory, 'archive.tar.gz'), '-C', directory, 'release']);
  return readFileSync(join(directory, 'archive.tar.gz'));
}

const member = (tool: string): string => `release/bin/${tool}`;

interface Attempt {
  readonly error: string;
  readonly placed: readonly string[];
}

/** What a download from a server that sends `sent` (undefined: never answers) leaves behind. */
async function attempt(archive: Buffer, sent: Buffer | undefined): Promise<Attempt> {
  const { server, url } = await serve(sent);
  const hex = createHash('sha512').update(archive).digest('hex');
  const target = join(directory, 'target');
  mkdirSync(target);
  const request = { tools: ['etcd'], directory: target } as const;
  const limits = { answerSeconds: 0.3, stallSeconds: 0.3 };
  try {
    await downloadTools({ url, digest: { algorithm: 'sha512', hex }, member }, request, limits);
    return { error: '', placed: readdirSync(target) };
  } catch (thrown) {
    return { error: String(thrown), placed: readdirSync(target) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a download with the pinned checksum is unpacked', async () => {
  const archive = makeArchive();
  expect(await attempt(archive, archive)).toEqual({ error: '', placed: ['etcd'] });
  expect(readFileSync(join(directory, 'target/etcd'), 'utf8')).toBe('the released program');
});

test.each([
  { name: 'another checksum', sent: Buffer.from('anything'), want: /not the pinned/ },
  { name: 'no answer', sent: undefined, want: /no answer within 0.3 s/ },
])('a download with $name is given up and leaves nothing', async ({ sent, want }) => {
  const result = await attempt(makeArchive(), sent);
  expect(result.error).toMatch(want);
  expect(result.placed).toEqual([]);
});

test.each(distributions.flatMap((d) => Object.values(d.packages).map((path) => ({ path, d }))))(
  'the module locks the version of $path',
  ({ path, d }) => {
    const locked = readFileSync(join(d.module, 'go.mod'), 'utf8');
    const names = path.startsWith('reprise.dev/') ? 'go.etcd.io/etcd/server/v3' : path.split('/cmd/')[0];
    expect(locked).toContain(`${names} v${d.version}\n`);
  },
);
