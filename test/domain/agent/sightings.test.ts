// What repeated looks tell: rest, change, disappearance; and which names are the trainer's.
import { assert, bigInt, constantFrom, nat, property, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatCheckpointFile,
  isLoadable,
  parseCheckpointFile,
} from '../../../src/domain/agent/checkpoint-files.ts';
import {
  findVanished,
  isAtRest,
  isRestless,
  look,
  type Sightings,
} from '../../../src/domain/agent/sightings.ts';

const file = (name: string, change: { inode?: bigint; modifiedAt?: bigint; sizeBytes?: number } = {}) => ({
  name,
  inode: 1n,
  modifiedAt: 1n,
  sizeBytes: 1,
  ...change,
});
const nothing: Sightings = new Map();

describe('names', () => {
  test.each([
    { name: 'model_last.pt', want: { kind: 'Last' } },
    { name: 'model_0.pt', want: { kind: 'Step', update: 0 } },
    { name: 'model_50000.pt', want: { kind: 'Step', update: 50_000 } },
    { name: 'model_050.pt', want: undefined },
    { name: 'model_.pt', want: undefined },
    { name: 'model_-1.pt', want: undefined },
    { name: 'model_1e3.pt', want: undefined },
    { name: 'model_5000 (1).pt', want: undefined },
    { name: 'model_9999999999999999.pt', want: undefined },
    { name: 'pretrained_model_5.pt', want: undefined },
    { name: 'model_5.safetensors', want: undefined },
    { name: '.model_5.pt', want: undefined },
    { name: 'model_5.pt\n', want: undefined },
  ])('$name', ({ name, want }) => {
    expect(parseCheckpointFile(name)).toEqual(want);
  });

  test('a name is read back as it is written, and nothing else is read', () => {
    assert(
      property(string(), (text) => {
        const parsed = parseCheckpointFile(text);
        expect(parsed === undefined ? text : formatCheckpointFile(parsed)).toBe(text);
      }),
    );
    assert(
      property(nat(), (update) => {
        expect(parseCheckpointFile(formatCheckpointFile({ kind: 'Step', update }))).toEqual({
          kind: 'Step',
          update,
        });
      }),
    );
  });

  test('whatever the trainer could load counts, whoever wrote it', () => {
    for (const name of ['model_last.pt', 'foo.pt', 'model_1.safetensors', '.pt'])
      expect(isLoadable(name)).toBe(true);
    for (const name of ['restore-1.part', 'placed.json', 'train.log', 'model_1.pt.part'])
      expect(isLoadable(name)).toBe(false);
  });
});

describe('looks', () => {
  test('a file rests once two looks are the same', () => {
    const first = look(nothing, [file('model_1.pt')], 100);
    const second = look(first, [file('model_1.pt')], 200);
    expect([...first.values()].map(isAtRest)).toEqual([false]);
    expect([...second.values()]).toMatchObject([{ times: 2, since: 100 }]);
    expect([...second.values()].map(isAtRest)).toEqual([true]);
  });

  test('any change of size, time or inode begins anew', () => {
    assert(
      property(
        record({
          inode: bigInt({ min: 1n, max: 2n }),
          modifiedAt: bigInt({ min: 1n, max: 2n }),
          sizeBytes: constantFrom(1, 2),
        }),
        (change) => {
          const before = look(look(nothing, [file('model_1.pt')], 0), [file('model_1.pt')], 1);
          const after = look(before, [file('model_1.pt', change)], 2).get('model_1.pt');
          const isSame = change.inode === 1n && change.modifiedAt === 1n && change.sizeBytes === 1;
          expect(after?.times).toBe(isSame ? 3 : 1);
          expect(after?.since).toBe(isSame ? 0 : 2);
        },
      ),
    );
  });

  test('names the trainer does not write are passed over', () => {
    expect(look(nothing, [file('model_best.pt'), file('samples')], 0).size).toBe(0);
  });

  test('a Step that went without us is told; one we removed, or a Last, is not', () => {
    const before = look(
      nothing,
      ['model_1.pt', 'model_2.pt', 'model_last.pt'].map((name) => file(name)),
      0,
    );
    expect(findVanished(before, nothing, new Set(['model_2.pt']))).toEqual(['model_1.pt']);
  });
});

const seen = (times: readonly { readonly at: number; readonly time: bigint }[]) =>
  times
    .reduce(
      (before, { at, time }) => look(before, [file('model_last.pt', { modifiedAt: time })], at),
      nothing,
    )
    .get('model_last.pt');

describe('a file without rest', () => {
  test.each([
    { name: 'seen once', looks: [{ at: 0, time: 1n }], now: 2999, want: false },
    {
      name: 'changing for three seconds',
      looks: [
        { at: 0, time: 1n },
        { at: 3000, time: 2n },
      ],
      now: 3000,
      want: true,
    },
    {
      name: 'at rest',
      looks: [
        { at: 0, time: 1n },
        { at: 3000, time: 1n },
      ],
      now: 9000,
      want: false,
    },
    {
      name: 'at rest lately',
      looks: [
        { at: 0, time: 1n },
        { at: 4000, time: 1n },
        { at: 5000, time: 2n },
      ],
      now: 7999,
      want: false,
    },
    {
      name: 'changing for three seconds since its last rest',
      looks: [
        { at: 0, time: 1n },
        { at: 4000, time: 1n },
        { at: 5000, time: 2n },
        { at: 6000, time: 3n },
      ],
      now: 8000,
      want: true,
    },
  ])('$name: $want', ({ looks, now, want }) => {
    const sighting = seen(looks);
    expect(sighting !== undefined && isRestless(sighting, now)).toBe(want);
  });
});
