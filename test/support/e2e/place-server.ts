// Places across processes: a test file asks on a Unix socket and has its place for as long as the connection stands, so that a file
// whose process dies keeps nobody waiting.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Place, type Use } from './shared-place.ts';

const placeNames = ['cluster', 'reserved nodes'] as const;

export type PlaceName = (typeof placeNames)[number];

const isName = (word: string | undefined): word is PlaceName => placeNames.some((name) => name === word);
const isUse = (word: string | undefined): word is Use => word === 'together' || word === 'alone';

async function serve(asking: Socket, places: ReadonlyMap<PlaceName, Place>): Promise<void> {
  const [line] = (await once(asking.setEncoding('utf8'), 'data')) as [string];
  const [name, use] = line.trim().split('/');
  const place = isName(name) ? places.get(name) : undefined;
  if (place === undefined || !isUse(use)) throw new Error(`no such place: ${line}`);
  const leave = await place.enter(use);
  if (asking.closed) return leave();
  asking.once('close', leave);
  asking.write('yours\n');
}

/** Serves every place on the socket. */
export async function servePlaces(socket: string): Promise<AsyncDisposable> {
  const places = new Map(placeNames.map((name) => [name, new Place()]));
  const open = new Set<Socket>();
  const server = createServer((asking) => {
    open.add(asking);
    asking.once('close', () => open.delete(asking));
    asking.on('error', () => asking.destroy());
    serve(asking, places).catch((cause: unknown) =>
      asking.destroy(cause instanceof Error ? cause : undefined),
    );
  });
  server.listen(socket);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      for (const asking of open) asking.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Resolves when the place may be used; disposing gives it back. */
export async function enterPlace(socket: string, name: PlaceName, use: Use): Promise<Disposable> {
  const held = connect(socket);
  held.write(`${name}/${use}\n`);
  await Promise.race([
    once(held, 'data'),
    once(held, 'close').then(() => {
      throw new Error(`the place ${name} is not to be had: the connection was closed`);
    }),
  ]);
  return { [Symbol.dispose]: () => void held.destroy() };
}
