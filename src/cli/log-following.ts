// Goes on with the logs of a pod's containers as they are written, until the pod has ended or it is told to stop: a container that starts
// later, or again, is taken up; a stream that breaks off goes on where it was.
import { labels } from '../api/names.ts';
import { type Cache, cacheKey, ClusterError, nameOf } from '../ports/cluster.ts';
import { pods } from '../ports/kinds.ts';
import type { ContainerStatus, Pod } from '../ports/kube-objects.ts';
import type { LogReading } from './log-reading.ts';
import type { CliWorld } from './world.ts';

/** Between two tries of a log that ended while its container goes on. */
const pauseMilliseconds = 1000;

/** A change of the pod that nobody told is noticed after so long. */
const lookMilliseconds = 10_000;

/** Follows until the pod has ended or the signal is aborted, which is no failure. */
export async function followLogs(world: CliWorld, reading: LogReading, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  try {
    const pod = await watchPod(world, reading, both);
    await Promise.all(
      reading.containers.map((container) => followContainer({ world, reading, pod }, container, both)),
    );
    world.messages.write(`pod ${reading.pod.metadata.name} has ended\n`);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    stop.abort();
  }
}

class WatchedPod {
  readonly #world: CliWorld;
  readonly #cache: Cache<Pod>;
  readonly #key: string;
  readonly #uid: string;
  #changed = new AbortController();

  constructor(world: CliWorld, cache: Cache<Pod>, { metadata }: Pod) {
    this.#world = world;
    this.#cache = cache;
    this.#key = cacheKey(nameOf(metadata));
    this.#uid = metadata.uid;
    cache.onChange(() => {
      this.#changed.abort();
      this.#changed = new AbortController();
    });
  }

  /** As it is now; undefined when it is gone. */
  get now(): Pod | undefined {
    const pod = this.#cache.get(this.#key);
    return pod?.metadata.uid === this.#uid ? pod : undefined;
  }

  /** Resolves at the next change, or after a while. */
  async change(signal: AbortSignal): Promise<void> {
    const wake = AbortSignal.any([this.#changed.signal, signal]);
    await this.#world.clock.sleep(lookMilliseconds, wake).catch(() => undefined);
    signal.throwIfAborted();
  }
}

async function watchPod(
  world: CliWorld,
  { cluster, pod }: LogReading,
  signal: AbortSignal,
): Promise<WatchedPod> {
  const { namespace = '', labels: carried } = pod.metadata;
  const labelSelector = `${labels.runUid}=${carried?.[labels.runUid] ?? ''}`;
  const cache = cluster.watch(pods, { namespace, labelSelector }, signal);
  await cache.synced(signal);
  return new WatchedPod(world, cache, pod);
}

interface Following {
  readonly world: CliWorld;
  readonly reading: LogReading;
  readonly pod: WatchedPod;
}

async function followContainer(following: Following, container: string, signal: AbortSignal): Promise<void> {
  const { pod } = following;
  /** How often it had been started anew when its log was read to the end. */
  let read = -1;
  for (;;) {
    const now = pod.now;
    const status = now === undefined ? undefined : statusOf(now, container);
    if (status !== undefined && hasStarted(status) && status.restartCount > read) {
      await readOn(following, container, signal);
      if (hasEnded(pod, container, status.restartCount)) read = status.restartCount;
      else await following.world.clock.sleep(pauseMilliseconds, signal);
    } else if (now === undefined || isOver(now)) return;
    else await pod.change(signal);
  }
}

async function readOn(
  { reading, pod: watched }: Following,
  container: string,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, pod, printer } = reading;
  const { name, namespace = '' } = pod.metadata;
  const since = printer.since(container);
  const query = { name, namespace, container, follow: true, ...(since === undefined ? {} : { since }) };
  try {
    const isNew = printer.unprinted(container);
    for await (const line of (await cluster.logLines(query, signal)) ?? [])
      if (isNew(line)) printer.print(container, line);
  } catch (cause) {
    // Its node or the API server is away for a moment; of a pod that is gone there is nothing more to read.
    const isPassing = cause instanceof ClusterError && cause.code === 'Unavailable';
    if (!isPassing && watched.now !== undefined) throw cause;
    signal.throwIfAborted();
  }
}

function statusOf({ status }: Pod, container: string): ContainerStatus | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find(({ name }) => name === container);
}

const hasStarted = ({ state, restartCount }: ContainerStatus): boolean =>
  state?.running !== undefined || state?.terminated !== undefined || restartCount > 0;

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Whether this life of the container is over: it has ended, was started anew, or its pod is gone. */
function hasEnded(pod: WatchedPod, container: string, life: number): boolean {
  const now = pod.now;
  const status = now === undefined ? undefined : statusOf(now, container);
  return status === undefined || status.restartCount > life || status.state?.running === undefined;
}
