// What can go wrong between a client and the fake API server, and which requests it befalls.
import type { IncomingHttpHeaders } from 'node:http';

/** A request as matchers and tests see it. */
export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly isWatch: boolean;
  readonly isList: boolean;
}

export type Fault =
  | { readonly kind: 'status'; readonly code: number; readonly headers?: Record<string, string> }
  /** Anything a proxy might say instead. */
  | { readonly kind: 'raw'; readonly code: number; readonly contentType: string; readonly body: string }
  /** The connection dies before the request is looked at. */
  | { readonly kind: 'reset' }
  /** Never answered; the connection stays open. */
  | { readonly kind: 'stall' }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Executed, then the connection dies. */
  | { readonly kind: 'loseAnswer' }
  /** Executed, and half of the answer arrives. */
  | { readonly kind: 'truncate' };

export type RequestMatcher = (request: SeenRequest) => boolean;

export class Faults {
  readonly #planned: { readonly matches: RequestMatcher; readonly fault: Fault; left: number }[] = [];

  /** Lets the next `times` requests that match meet this fault; later plans wait for earlier ones. */
  plan(fault: Fault, matches: RequestMatcher = () => true, times = 1): void {
    this.#planned.push({ matches, fault, left: times });
  }

  clear(): void {
    this.#planned.length = 0;
  }

  take(request: SeenRequest): Fault | undefined {
    const plan = this.#planned.find(({ matches, left }) => left > 0 && matches(request));
    if (plan === undefined) return undefined;
    plan.left -= 1;
    return plan.fault;
  }
}

export const isWatch: RequestMatcher = (request) => request.isWatch;
export const isList: RequestMatcher = (request) => request.isList;
