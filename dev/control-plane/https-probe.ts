// One GET request over HTTPS to a server of the local cluster, on its own connection: for readiness checks.
import { request, type RequestOptions } from 'node:https';
import type { KeyPair } from './certificate.ts';

/** Whom to trust and who asks. */
export interface ProbeIdentity {
  /** PEM of the authority that issued the server's certificate */
  readonly authority: string;
  readonly client?: KeyPair;
}

/** An HTTP answer. */
export interface ProbeAnswer {
  readonly status: number;
  readonly body: string;
}

/** The answer of `url`. @throws when no answer comes within 3 s */
async function probe(url: string, who: ProbeIdentity, signal: AbortSignal): Promise<ProbeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ProbeAnswer>();
  const identity = who.client === undefined ? {} : { cert: who.client.certificate, key: who.client.key };
  const options: RequestOptions = {
    ...identity,
    ca: who.authority,
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(3000)]),
  };
  const call = request(url, options, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => (body += text));
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
  });
  call.on('error', reject);
  call.end();
  return promise;
}

/** A readiness check: undefined when `url` answers 200, else what it answered. */
export async function answersOk(
  url: string,
  who: ProbeIdentity,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await probe(url, who, signal);
  return answer.status === 200 ? undefined : `${url} answered ${answer.status}: ${answer.body.slice(0, 300)}`;
}

/** The JSON at `url`. @throws when it does not answer 200 */
export async function getJson(url: string, who: ProbeIdentity, signal: AbortSignal): Promise<unknown> {
  const answer = await probe(url, who, signal);
  if (answer.status !== 200)
    throw new Error(`${url} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
  return JSON.parse(answer.body);
}
