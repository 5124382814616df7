// Chooses TCP ports that are free on an address, below the range from which the kernel gives ports to outgoing connections.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;

async function isFree(address: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}

/** A port nobody listens on at `address` now. @throws when a hundred tries found none */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(lowest, highest);
    if (await isFree(address, port)) return port;
  }
  throw new Error(`no free TCP port on ${address} between ${lowest} and ${highest}`);
}
