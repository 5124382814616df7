import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'docs/beginnings.md',
  'docs/cli.md',
];

const matches = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, found = '']) => found)),
];

describe.each(documents)('%s', (file) => {
  const text = read(file);

  test('names only make targets that exist', () => {
    const targets = matches(read('Makefile'), /^([a-z-]+):/gm);
    const named = matches(text, /(?:`|^)make ([a-z-]+)/gm);
    expect(named.filter((target) => !targets.includes(target))).toEqual([]);
  });

  test('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(matches(text, /npm run (?:-s|--silent) ([a-z:-]+)/g).filter((name) => !(name in scripts))).toEqual(
      [],
    );
  });

  test('links only to what is there', () => {
    const links = matches(text, /\]\((?!https?:)([^)#]+)/g);
    expect(links.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([]);
  });
});

test('the map of ARCHITECTURE.md names only files that exist', () => {
  const rows = read('ARCHITECTURE.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`src/'));
  const paths = rows.flatMap((row) => {
    const named = matches(row, /`((?:src|dev|scripts)\/[^`*]+|[a-z-]+\.ts)`/g);
    const folder = dirname(named.find((path) => path.includes('/')) ?? '');
    return named.map((path) => (path.includes('/') ? path : join(folder, path)));
  });
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
