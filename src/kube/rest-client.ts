// One request and its answer: deadline, credentials, errors in the server's own words, bounded tries. Knows no kinds of objects.
import type { Dispatcher } from 'undici';
import type { Clock } from '../ports/clock.ts';
import { untilAborted } from './abortable.ts';
import type { Access, ClusterAccess } from './access.ts';
import { ApiFailure, asClusterError, readStatus } from './api-status.ts';
import { startDeadline } from './deadline.ts';
import { planRetry } from './retry.ts';
import { asTransportFailure } from './transport-error.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: object;
  readonly contentType?: string;
  /** Executing it twice changes nothing: it is tried again when its outcome is unknown. */
  readonly repeatable: boolean;
  /** False: the first failure is thrown; for callers that try again by themselves. */
  readonly retries?: boolean;
  /** Milliseconds for each try, its answer included. */
  readonly within?: number;
}

export interface RestClientOptions {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly random: () => number;
}

type Response = Dispatcher.ResponseData;
type Reader<R> = (response: Response) => Promise<R>;

const tryDeadline = 30_000;
const userAgent = 'reprise';

export class RestClient {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor({ access, clock, random }: RestClientOptions) {
    this.#access = access;
    this.#clock = clock;
    this.#random = random;
  }

  /** The answer's JSON. Rejects with {@link ApiFailure}, or the signal's reason. */
  json(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    return this.#send(request, ({ body }) => body.json(), signal);
  }

  /** The answer as text. Rejects as {@link json} does. */
  text(request: ApiRequest, signal: AbortSignal): Promise<string> {
    return this.#send(request, ({ body }) => body.text(), signal);
  }

  /**
   * A body as it comes, without a limit on its length; one try. The signal ends it at any time. `isQuiet`: it may say nothing for
   * as long as it likes, as a watch does.
   */
  async stream(
    { path, isQuiet }: { readonly path: string; readonly isQuiet: boolean },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const request: ApiRequest = { method: 'GET', path, repeatable: true };
    try {
      const access = await untilAborted(this.#access.current(), signal);
      const dispatcher = isQuiet ? access.watches : access.calls;
      return (await this.#exchange(request, { access, dispatcher }, signal)).body;
    } catch (cause) {
      throw this.asFailure(cause, signal);
    }
  }

  async #send<R>(request: ApiRequest, read: Reader<R>, signal: AbortSignal): Promise<R> {
    const started = this.#clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#try(request, read, signal);
      if (!(failure instanceof ApiFailure)) return failure.answer;
      const elapsed = this.#clock.monotonic() - started;
      const { repeatable } = request;
      const unknown = failure.httpStatus === 401 && attempt === 1;
      const delay = unknown ? 0 : planRetry({ failure, attempt, elapsed, repeatable }, this.#random);
      if (delay === undefined || request.retries === false) throw failure;
      await this.#clock.sleep(delay, signal);
    }
  }

  async #try<R>(
    request: ApiRequest,
    read: Reader<R>,
    signal: AbortSignal,
  ): Promise<ApiFailure | { readonly answer: R }> {
    using deadline = startDeadline(this.#clock, request.within ?? tryDeadline, signal);
    try {
      const access = await untilAborted(this.#access.current(), deadline.signal);
      const use = { access, dispatcher: access.calls };
      return { answer: await read(await this.#exchange(request, use, deadline.signal)) };
    } catch (cause) {
      return this.asFailure(cause, signal);
    }
  }

  /** Sends it and checks the status; the body is still to be read. */
  async #exchange(
    { method, path, body, contentType }: ApiRequest,
    { access, dispatcher }: { readonly access: Access; readonly dispatcher: Dispatcher },
    signal: AbortSignal,
  ): Promise<Response> {
    const { origin, pathname } = new URL(this.#access.server);
    const response = await dispatcher.request({
      origin,
      path: `${pathname === '/' ? '' : pathname}${path}`,
      method,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
        ...access.headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    });
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    if (response.statusCode === 401) this.#access.renew();
    throw await readFailure(response);
  }

  /** What broke a request or a body off, as the failure it is; throws when it was the caller who ended it. */
  asFailure(cause: unknown, signal: AbortSignal): ApiFailure {
    signal.throwIfAborted();
    return cause instanceof ApiFailure ? cause : asTransportFailure(this.#access.server, cause);
  }
}

async function readFailure({ statusCode, headers, body }: Response): Promise<ApiFailure> {
  const text = await body.text();
  const status = readStatus(parseLeniently(text, String(headers['content-type'] ?? '')));
  const header = Number(headers['retry-after']);
  const retryAfter = Number.isFinite(header) && header > 0 ? header : status.retryAfter;
  return asClusterError(statusCode, { ...status, retryAfter });
}

/** JSON where it is JSON, text where it is plain text; a proxy's HTML says nothing to anybody. */
function parseLeniently(text: string, contentType: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return contentType.startsWith('text/plain') ? text : undefined;
  }
}
