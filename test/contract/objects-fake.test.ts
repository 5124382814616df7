// The fake that component tests use keeps the same promises as the adapter.
import { FakeObjectStore } from '../support/fake-object-store.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { describeObjectStore } from './objects.contract.ts';

describeObjectStore('the fake', () => {
  const store = new FakeObjectStore(systemClock);
  store.pageSize = 7;
  return Promise.resolve({ store, prefix: 'team/run/', manyPartsBytes: 1_000_003, manyKeys: 20 });
});
