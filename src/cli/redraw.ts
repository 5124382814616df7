// Shows something again at every change of a run, or of any: over what was shown before on a terminal, below it elsewhere. Ends
// when it is told to, which is no failure.
import { type Cache, type Cluster, ClusterError } from '../ports/cluster.ts';
import { runs } from '../ports/kinds.ts';
import type { KubeObject } from '../ports/kube-objects.ts';
import { CommandError, sentenceOf } from './errors.ts';
import { plain } from './words.ts';
import type { CliWorld } from './world.ts';

/** On a terminal ages move on without any change. */
const tickMilliseconds = 10_000;

/** A watch is renewed more often than this: whoever hears nothing for so long has lost the server, or may not watch. */
const deafMilliseconds = 60_000;

const firstListMilliseconds = 15_000;

export interface Redrawing {
  readonly cluster: Cluster;
  /** Undefined: all of them. */
  readonly namespace: string | undefined;
  /** Undefined: every run counts. */
  readonly name: string | undefined;
  readonly draw: () => Promise<string>;
}

/** Draws until the signal is aborted. @throws what `draw` throws; CommandError when the runs cannot be watched */
export async function redrawAtChanges(
  world: CliWorld,
  redrawing: Redrawing,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  try {
    await redraw(world, redrawing, AbortSignal.any([signal, stop.signal]));
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    stop.abort();
  }
}

async function redraw(world: CliWorld, redrawing: Redrawing, signal: AbortSignal): Promise<void> {
  const { cluster, namespace, name, draw } = redrawing;
  const screen = new Screen(world);
  // Whoever may not read at all is told by this.
  screen.show(await draw());
  const cache = cluster.watch(runs, namespace === undefined ? {} : { namespace }, signal);
  await syncedInTime(world, cache, signal);
  const changes = new Changes();
  cache.onChange(({ before, after }) => {
    if (name === undefined || (after ?? before)?.metadata.name === name) changes.note();
  });
  for (;;) {
    await drawOrTell(screen, draw);
    do {
      const wake = AbortSignal.any([changes.signal, signal]);
      await world.clock.sleep(tickMilliseconds, wake).catch(() => undefined);
      signal.throwIfAborted();
      if (cache.silence() > deafMilliseconds)
        screen.tell('nothing was heard from the API server for a minute');
    } while (!changes.take() && !world.out.isTerminal);
  }
}

/** A server that is away for a moment ends nothing. */
async function drawOrTell(screen: Screen, draw: () => Promise<string>): Promise<void> {
  try {
    screen.show(await draw());
  } catch (cause) {
    if (!(cause instanceof ClusterError) || cause.code !== 'Unavailable') throw cause;
    screen.tell(sentenceOf(cause));
  }
}

async function syncedInTime(
  { clock }: CliWorld,
  cache: Cache<KubeObject>,
  signal: AbortSignal,
): Promise<void> {
  const late = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(firstListMilliseconds, AbortSignal.any([done.signal, signal])).then(
    () => late.abort(),
    () => undefined, // it was there in time
  );
  try {
    await cache.synced(AbortSignal.any([late.signal, signal]));
  } catch (cause) {
    if (signal.aborted || !late.signal.aborted) throw cause;
    throw new CommandError(
      'the runs cannot be watched: ask for the right to list and watch ttstrainingruns',
      {
        cause,
      },
    );
  } finally {
    done.abort();
    await timer;
  }
}

/** Whether something has changed since it was last asked. */
class Changes {
  #noted = new AbortController();

  /** Aborted at the next change. */
  get signal(): AbortSignal {
    return this.#noted.signal;
  }

  note(): void {
    this.#noted.abort();
  }

  take(): boolean {
    if (!this.#noted.signal.aborted) return false;
    this.#noted = new AbortController();
    return true;
  }
}

class Screen {
  readonly #world: CliWorld;
  #shown: string | undefined;
  #told: string | undefined;

  constructor(world: CliWorld) {
    this.#world = world;
  }

  show(text: string): void {
    const { out } = this.#world;
    if (out.isTerminal) out.write(`\u001b[H\u001b[J${text}\n`);
    else if (text !== this.#shown) out.write(`${this.#separator(text)}${text}\n`);
    this.#shown = text;
    this.#told = undefined;
  }

  /** Says something beside it, once. */
  tell(sentence: string): void {
    if (sentence !== this.#told) this.#world.messages.write(`${plain(sentence)}: what is shown may be old\n`);
    this.#told = sentence;
  }

  /** Blocks stand apart; lines follow each other. */
  #separator(text: string): string {
    return this.#shown === undefined || !text.includes('\n') ? '' : '\n';
  }
}
