// YAML as another reader reads it: whatever JSON can say comes back the same, and plain words stay plain.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { yaml } from '../../src/cli/yaml.ts';
import { runs } from '../support/counts.ts';

test('is what people write by hand', () => {
  const spec = {
    trainer: {
      image: 'f5-tts:1',
      args: ['--updates=3', 'a/b', 'yes', '12', ''],
      env: [{ name: 'A', value: '1' }],
    },
    suspend: false,
    none: undefined,
    volumes: [],
    affinity: {},
  };
  expect(yaml.format({ kind: 'TTSTrainingRun', spec })).toBe(`kind: TTSTrainingRun
spec:
  trainer:
    image: f5-tts:1
    args:
    - --updates=3
    - a/b
    - "yes"
    - "12"
    - ""
    env:
    - name: A
      value: "1"
  suspend: false
  volumes: []
  affinity: {}
`);
});

const hard = fc.constantFrom(
  'null',
  '~',
  'No',
  '0x10',
  '1e3',
  '-',
  '- a',
  'a: b',
  '#',
  "'",
  '.inf',
  '2026-11-22',
  '=',
  '<<',
  'E0',
  '.0',
);
const text = fc.oneof(hard, fc.string(), fc.string({ unit: 'binary' }));
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
);
const name = text.filter((one) => one !== '__proto__');
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test.each(['1.2', '1.1'] as const)('comes back the same to a reader of YAML %s', (version) => {
  fc.assert(
    fc.property(tree, (value) => {
      expect(parse(yaml.format({ value }), { version })).toEqual(JSON.parse(JSON.stringify({ value })));
    }),
    { numRuns: runs(500, 20_000) },
  );
});
