// What no linter says about the tree: how files are named and opened, that nothing is re-exported or imported at run time, and
// that every test lies in a tier. Prints one line for each offence: file, what is wrong, what to do.
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { tiers } from './tiers.ts';

interface Rule {
  /** which files it looks at */
  readonly files: RegExp;
  readonly offends: (text: string, path: string) => boolean;
  readonly says: string;
}

const vague = /^(utils?|helpers?|commons?|types?|index|managers?|misc|shared)(\.test)?\.ts$/;
const tierFolders = tiers.flatMap((tier) => tier.rooms);

const rules: readonly Rule[] = [
  {
    files: /\.ts$/,
    offends: (_text, path) => vague.test(basename(path)),
    says: 'the name says nothing: name the thing inside',
  },
  {
    files: /^src\/.*\.ts$/,
    offends: (text) => !/^(#!.*\n)?(\/\/|\/\*)/.test(text),
    says: 'opens without a comment: one to three lines on what this file decides or does, and must never do',
  },
  {
    files: /^src\/.*\.ts$/,
    offends: (text) => /^export (type )?(\*|\{[^}]*\}) from/m.test(text),
    says: 're-exports: import from the file that defines it',
  },
  // an entry file may import every room, late too
  {
    files: /^src\/.+\/.*\.ts$/,
    offends: (text) => /\bimport\(|\brequire\(/.test(text),
    says: 'imports at run time, past the floors: use an import declaration',
  },
  {
    files: /^(?!test\/gates\/).*\.ts$/,
    offends: (text) =>
      /^\s*(\/\/|\/\*) (oxlint|eslint)-disable(?!.* -- \S)|^\s*\/\/ @ts-(ignore|nocheck)/m.test(text),
    says: 'a suppression without its reason: // oxlint-disable-next-line RULE -- why (never @ts-ignore)',
  },
  {
    files: /^test\/.*\.test\.ts$/,
    offends: (_text, path) => !tierFolders.includes(path.split('/')[1] ?? ''),
    says: `lies in no tier: test/{${tierFolders.join(',')}} (scripts/tiers.ts)`,
  },
  {
    files: /^test\/.*\.ts$/,
    offends: (_text, path) => !/\.(test|contract)\.ts$/.test(path) && !path.startsWith('test/support/'),
    says: 'is neither a test (*.test.ts), a suite of tests (*.contract.ts) nor in test/support/: it would never run',
  },
];

const paths = globSync('{src,dev,scripts,bench,test}/**/*.ts').toSorted();
const offences = paths.flatMap((path) => {
  const text = readFileSync(path, 'utf8');
  return rules
    .filter((rule) => rule.files.test(path) && rule.offends(text, path))
    .map((rule) => `${path}: ${rule.says}`);
});
for (const offence of offences) console.log(offence);
process.exitCode = offences.length === 0 ? 0 : 1;
