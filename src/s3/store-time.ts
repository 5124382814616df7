// The store's clock, read from the Date of its answers: ages of objects are judged by it, never by this machine's wall clock.
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../ports/clock.ts';
import type { Instant } from '../domain/units.ts';
import { record, text } from './record.ts';

export class StoreTime {
  readonly #clock: Clock;
  #last: { readonly date: Instant; readonly at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The Date of the last answer, carried on by a clock that never jumps; undefined before the first. */
  now(): Instant | undefined {
    const last = this.#last;
    return last === undefined ? undefined : last.date + (this.#clock.monotonic() - last.at);
  }

  /** Notes the Date of every answer this client gets, errors included. */
  observe(client: S3Client): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        this.#note(text(record(record(result.response)['headers'])['date']));
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'noteStoreTime' },
    );
  }

  #note(header: string): void {
    const date = Date.parse(header);
    if (Number.isFinite(date)) this.#last = { date, at: this.#clock.monotonic() };
  }
}
