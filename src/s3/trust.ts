// Whom TLS trusts: the system's authorities, and the store's own when it names one. Parsed once for all connections of a store, when
// the first needs it: as a list, the authorities would be parsed for each connection and copied for each request.
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** What TLS needs; undefined = Node's own, which trusts the system's authorities. @throws for a bundle that is no PEM */
export type Trust = () => SecureContext | undefined;

export function makeTrust(caBundle: string | undefined): Trust {
  if (caBundle === undefined) return () => undefined;
  let context: SecureContext | undefined;
  return () => {
    // `ca` replaces the system's authorities, so they are named again
    context ??= createSecureContext({ ca: [...getCACertificates('default'), caBundle] });
    return context;
  };
}

/** An agent whose connections trust so. */
export class TrustingAgent extends Agent {
  readonly #trust: Trust;

  constructor(options: AgentOptions, trust: Trust) {
    super(options);
    this.#trust = trust;
  }

  override createConnection(
    ...[options, done]: Parameters<Agent['createConnection']>
  ): Duplex | null | undefined {
    const secureContext = this.#trust();
    const trusting = secureContext === undefined ? options : { ...options, secureContext };
    return super.createConnection(trusting, done);
  }
}
