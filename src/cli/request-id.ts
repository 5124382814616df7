// The name of one request of a person: when it was made and what chance adds, so that no two are alike and each can be read:
// 20261122T101530Z-4f2a. It goes where the API takes a value that must be new (spec.rollback.id, the retry annotation).
import { formatTime } from '../domain/time.ts';
import type { CliWorld } from './world.ts';

const digits = 4;

/** An id that is none of `taken`. */
export function newRequestId(
  { clock, random }: Pick<CliWorld, 'clock' | 'random'>,
  taken: ReadonlySet<string> = new Set(),
): string {
  const time = formatTime(clock.now()).replaceAll(/[-:]/g, '');
  for (let next = Math.floor(random() * 16 ** digits); ; next += 1) {
    const id = `${time}-${(next % 16 ** digits).toString(16).padStart(digits, '0')}`;
    if (!taken.has(id)) return id;
  }
}
