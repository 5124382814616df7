// How a test file says what it uses together with other files, and what alone.
import { afterAll, beforeAll, inject } from 'vitest';
import { enterPlace, type PlaceName } from './place-server.ts';
import type { Use } from './shared-place.ts';

/** The file that calls this uses the place, from its first test to its last. */
export function usePlace(name: PlaceName, use: Use): void {
  let held: Disposable | undefined;
  beforeAll(async () => {
    const stage = inject('stage');
    if (stage !== null) held = await enterPlace(stage.placesSocket, name, use);
  });
  afterAll(() => held?.[Symbol.dispose]());
}
