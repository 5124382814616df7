// The house rules as a failing lint: the floors (which room of src/ may import which), the budgets, and what time, chance and
// `process` are allowed to touch. The floors stand in one table; test/gates/ proves that every row refuses what it should.
import { defineConfig, type OxlintConfig, type OxlintOverride } from 'oxlint';

/** What one room of src/ may import besides its own files. Everything else is refused. */
interface Room {
  readonly rooms: readonly string[];
  readonly npm?: readonly string[];
  readonly node?: readonly string[];
  /** npm packages of which only types may be used */
  readonly types?: readonly string[];
}

const contracts = ['domain', 'api', 'wire'];
const beneathPrograms = ['domain', 'api', 'wire', 'checkpoint', 'workload', 'ports', 'config', 'observation'];
const beneathAdapters = ['domain', 'api', 'wire', 'ports'];
const anyNode = ['node:*', 'node:*/**'];

const floors: Readonly<Record<string, Room>> = {
  domain: { rooms: [] },
  api: { rooms: ['domain'], npm: ['zod'] },
  wire: { rooms: ['domain'], npm: ['zod'] },
  checkpoint: { rooms: ['domain'], node: ['node:zlib'] },
  workload: { rooms: contracts, types: ['@kubernetes/client-node'] },
  ports: { rooms: contracts },
  config: { rooms: contracts, npm: ['zod'] },
  observation: { rooms: [...contracts, 'workload', 'ports'] },
  operator: { rooms: beneathPrograms },
  agent: { rooms: beneathPrograms },
  cli: { rooms: beneathPrograms, npm: ['yaml'], node: ['node:util'] },
  kube: { rooms: beneathAdapters, npm: ['@kubernetes/client-node', 'undici'], node: anyNode },
  s3: { rooms: beneathAdapters, npm: ['@aws-sdk/**', '@smithy/**'], node: anyNode },
  disk: { rooms: beneathAdapters, node: anyNode },
  http: { rooms: beneathAdapters, npm: ['undici'], node: anyNode },
  ops: { rooms: beneathAdapters, npm: ['pino', 'prom-client'], node: anyNode },
};

const adapters = ['kube', 's3', 'disk', 'http', 'ops'];
const entries = ['operator', 'operator-program', 'agent', 'agent-program', 'cli', 'transfer-worker'].map(
  (name) => `src/${name}.ts`,
);
const withoutAdapters = Object.keys(floors).filter((room) => !adapters.includes(room));

// A detour such as './../../kube/x.ts' would slip through the patterns.
const noDetour = { regex: '^\\./\\.\\.|[^./]/\\.\\.', message: 'Write the shortest relative path.' };

// Relative paths differ by depth, so a room gets one override per depth. The last matching pattern wins.
const depths = [1, 2, 3];

function allowedPatterns(room: Room, depth: number): string[] {
  const up = '../'.repeat(depth);
  const own = depth === 1 ? ['!./**'] : ['!./**', '!../**', `${up}**`];
  const others = room.rooms.map((name) => `!${up}${name}/**`);
  const packages = [...(room.npm ?? []), ...(room.node ?? []), ...(room.types ?? [])].map(
    (name) => `!${name}`,
  );
  return ['**', ...own, ...others, ...packages, 'node:process'];
}

function floorOverride(name: string, room: Room, depth: number): OxlintOverride {
  const message = `src/${name}/ may not import this (the floors table: oxlint.config.ts, ARCHITECTURE.md).`;
  const paths = (room.types ?? []).map((pkg) => ({
    name: pkg,
    message: `${message} Types only.`,
    allowTypeImports: true,
  }));
  return {
    files: [`src/${name}/${'*/'.repeat(depth - 1)}*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths, patterns: [noDetour, { group: allowedPatterns(room, depth), message }] },
      ],
    },
  };
}

const floorOverrides = Object.entries(floors).flatMap(([name, room]) =>
  depths.map((depth) => floorOverride(name, room, depth)),
);

const ban = (names: readonly string[], message: string): { name: string; message: string }[] =>
  names.map((name) => ({ name, message }));

const noProcess = ban(['process'], 'Only the entry files of src/ touch process; pass the value in.');
const noAmbient = [
  ...noProcess,
  ...ban(['setTimeout', 'setInterval', 'setImmediate', 'performance'], 'Time goes through the Clock port.'),
  ...ban(['fetch', 'console', 'crypto'], 'I/O and chance go through a port.'),
];
const noDate = ban(['Date'], 'domain/ takes instants as numbers; it never reads or builds a Date.');

const noClock = [
  { object: 'Date', property: 'now', message: 'Time goes through the Clock port.' },
  { object: 'AbortSignal', property: 'timeout', message: 'Time goes through the Clock port.' },
  { object: 'Math', property: 'random', message: 'Chance goes through a port.' },
];
const noGlobalProcess = [
  { object: 'globalThis', property: 'process', message: 'Only the entry files of src/ touch process.' },
];

const base: OxlintConfig['rules'] = {
  'import/no-cycle': ['error', { ignoreTypes: false }],
  'import/no-default-export': 'error',
  'import/extensions': ['error', 'ignorePackages'],
  'oxc/no-barrel-file': ['error', { threshold: 0 }],
  'typescript/no-floating-promises': 'error',
  'typescript/no-misused-promises': 'error',
  'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  'typescript/no-explicit-any': 'error',
  'typescript/no-non-null-assertion': 'error',
  'typescript/only-throw-error': 'error',
  'typescript/consistent-type-imports': 'error',
  'import/no-named-as-default-member': 'off',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
  'typescript/consistent-return': 'off',
  'typescript/no-unsafe-type-assertion': 'off',
  'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: false, skipComments: false }],
  'max-params': ['error', { max: 3 }],
  'max-depth': ['error', { max: 3 }],
  complexity: ['error', { max: 10 }],
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-param-reassign': 'error',
  'no-underscore-dangle': 'off',
  'no-shadow': 'off',
  'no-await-in-loop': 'off',
  'unicorn/filename-case': ['error', { case: 'kebabCase' }],
  'unicorn/no-abusive-eslint-disable': 'error',
};

const sources: OxlintOverride[] = [
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**'], message: 'This file is in no room of the floors table (oxlint.config.ts).' },
          ],
        },
      ],
      'no-restricted-globals': ['error', ...noProcess],
      'no-restricted-properties': ['error', ...noGlobalProcess],
      'no-console': 'error',
      'typescript/explicit-module-boundary-types': 'error',
      'typescript/no-unsafe-type-assertion': 'error',
    },
  },
  {
    files: withoutAdapters.map((room) => `src/${room}/**/*.ts`),
    rules: {
      'no-restricted-globals': ['error', ...noAmbient],
      'no-restricted-properties': ['error', ...noClock, ...noGlobalProcess],
    },
  },
  { files: ['src/domain/**/*.ts'], rules: { 'no-restricted-globals': ['error', ...noAmbient, ...noDate] } },
  { files: ['src/domain/units.ts'], rules: { 'typescript/no-unsafe-type-assertion': 'off' } },
  ...floorOverrides,
  {
    files: entries,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [noDetour, { group: ['../**'], message: 'src/ imports nothing from outside src/.' }] },
      ],
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
    },
  },
];

// dev/ has an order of its own: a room imports only rooms that stand after it here.
const devRooms = [
  'demo',
  'cluster',
  'node',
  'control-plane',
  'bucket',
  'image',
  'tools',
  'process',
  'progress',
];

const devOverrides = devRooms.map((room, at): OxlintOverride => {
  const message = `dev/${room}/ may not import this (the rooms of dev/: oxlint.config.ts, dev/README.md).`;
  const above = devRooms.slice(0, at).map((name) => `../${name}/**`);
  const group = [...above, '../*.ts', '!../workspace.ts'];
  return {
    files: [`dev/${room}/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [noDetour, { group, message }] }] },
  };
});

const noMocking = 'No module mocking: use a fake behind a port.';

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'node', 'promise', 'vitest'],
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['node_modules', 'dist', '.local'],
  rules: base,
  overrides: [
    ...sources,
    ...devOverrides,
    {
      files: ['test/**/*.ts', 'bench/**/*.ts'],
      rules: {
        'vitest/no-restricted-vi-methods': ['error', { mock: noMocking, doMock: noMocking }],
        // fast-check's assert, and helpers of test/support named assert… or expect…, count as assertions
        'vitest/expect-expect': [
          'error',
          { assertFunctionNames: ['expect', 'expect*', 'assert*', 'fc.assert'] },
        ],
        // tables and helpers give titles and bodies as values
        'vitest/valid-title': 'off',
        'vitest/valid-describe-callback': 'off',
        'vitest/no-conditional-tests': 'off',
      },
    },
    // a describe callback holds a whole table of cases; max-lines still bounds the file
    { files: ['test/**/*.{test,contract}.ts'], rules: { 'max-lines-per-function': 'off' } },
    // their tools ask for a default export
    { files: ['*.config.ts', 'scripts/tier-reporter.ts'], rules: { 'import/no-default-export': 'off' } },
  ],
});
