import { expect, test } from 'vitest';
import { type KnownStore, selectStore } from '../../../src/domain/store/selection.ts';

const store = (name: string, fields: Partial<KnownStore> = {}): KnownStore => ({
  name,
  isDefault: false,
  allowedNamespaces: {},
  trouble: undefined,
  ...fields,
});

const tts = { matchLabels: { tts: 'true' } };
const refused = (reason: string, detail?: string) => ({ kind: 'Refused', reason, detail });

test.each([
  {
    name: 'the one it names',
    stores: [store('main'), store('spare', { isDefault: true })],
    wanted: 'main',
    want: { kind: 'Chosen', name: 'main' },
  },
  {
    name: 'the default when it names none',
    stores: [store('main'), store('spare', { isDefault: true })],
    wanted: undefined,
    want: { kind: 'Chosen', name: 'spare' },
  },
  {
    name: 'none when the name is wrong, though there is a default',
    stores: [store('spare', { isDefault: true })],
    wanted: 'man',
    want: refused('StoreNotFound', 'man'),
  },
  {
    name: 'none without a default',
    stores: [store('main')],
    wanted: undefined,
    want: refused('NoDefaultStore'),
  },
  {
    name: 'none of two defaults',
    stores: [store('b', { isDefault: true }), store('a', { isDefault: true })],
    wanted: undefined,
    want: refused('AmbiguousStore', 'a, b'),
  },
  {
    name: 'a named one, however many defaults there are',
    stores: [store('b', { isDefault: true }), store('a', { isDefault: true })],
    wanted: 'b',
    want: { kind: 'Chosen', name: 'b' },
  },
  {
    name: 'none that allows no namespace',
    stores: [store('main', { allowedNamespaces: undefined })],
    wanted: 'main',
    want: refused('NamespaceNotAllowed', 'main allows none'),
  },
  {
    name: 'none that allows other namespaces',
    stores: [store('main', { allowedNamespaces: { matchLabels: { tts: 'no' } } })],
    wanted: 'main',
    want: refused('NamespaceNotAllowed', 'main allows those with the labels tts=no'),
  },
  {
    name: 'one that allows this namespace',
    stores: [store('main', { allowedNamespaces: tts })],
    wanted: 'main',
    want: { kind: 'Chosen', name: 'main' },
  },
  {
    name: 'none that is in trouble',
    stores: [store('main', { trouble: 'no answer' })],
    wanted: 'main',
    want: refused('StoreNotAvailable', 'main: no answer'),
  },
])('a run uses $name', ({ stores, wanted, want }) => {
  expect(selectStore(stores, wanted, { tts: 'true' })).toEqual(want);
});

test('a namespace that is not allowed learns nothing of the trouble of a store', () => {
  const stores = [store('main', { allowedNamespaces: tts, trouble: 'bucket secret-project is gone' })];
  expect(selectStore(stores, 'main', {})).toMatchObject({ reason: 'NamespaceNotAllowed' });
});
