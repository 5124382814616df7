// Opens the sockets of the wires, plain or TLS: they read straight into memory that the wire gives them. Whom TLS trusts comes from
// the same place as for the SDK's own connections.
import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { Trust } from './trust.ts';

/** Opens a socket whose bytes go to `onread`. */
export type Dial = (
  to: { readonly secure: boolean; readonly host: string; readonly port: number },
  onread: OnReadOpts,
) => Socket;

/** Makes the function that opens sockets. */
export function makeDial(trust: Trust): Dial {
  return ({ secure, host, port }, onread) => {
    const to = { host, port, onread, noDelay: true };
    if (!secure) return connectPlain(to);
    const secureContext = trust();
    return connectSecure({
      ...to,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(secureContext === undefined ? {} : { secureContext }),
      ALPNProtocols: ['http/1.1'],
    });
  };
}
