// How far the trainers of pods that are being ended came, heard from their logs to the end: such a pod flushes and is gone within a second,
// often before a pass can read its log once more. Not to have heard it makes a number of lost updates a lower bound, and nothing else.
import { containers, labels } from '../../api/names.ts';
import { furthest } from '../../domain/run/advance.ts';
import { lastUpdateIn } from '../../domain/run/trainer-log.ts';
import type { LastHeard } from '../../observation/trainer-look.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cache, CacheChange, Cluster } from '../../ports/cluster.ts';
import type { Pod } from '../../ports/kube-objects.ts';
import type { Log } from '../../ports/log.ts';

/** Far longer than a run waits for a pass that comes to its end. */
const keptMilliseconds = 600_000;

/** How many logs are followed at a time: of a whole cluster that is drained, some are read as ever. */
const mostFollowed = 64;

/** The last of what came before the end was asked for: what is heard is never less than that. */
const tailLines = 20;

export interface LastLinesSetup {
  readonly clock: Clock;
  readonly cluster: Pick<Cluster, 'logLines'>;
  readonly log: Log;
}

interface Followed {
  readonly at: number;
  heard: LastHeard;
}

export class LastLines {
  readonly #setup: LastLinesSetup;
  /** By the pod's UID, oldest first. */
  readonly #followed = new Map<string, Followed>();
  #open = 0;

  constructor(setup: LastLinesSetup) {
    this.#setup = setup;
  }

  /** What was heard of the pod's trainer until now; undefined when nobody listened. */
  of(podUid: string): LastHeard | undefined {
    return this.#followed.get(podUid)?.heard;
  }

  /** Listens to the pods of this cache that are being ended, until the returned function is called. */
  listen(pods: Pick<Cache<Pod>, 'onChange'>): () => void {
    const over = new AbortController();
    const stopListening = pods.onChange((change) => this.#note(change, over.signal));
    return () => {
      stopListening();
      over.abort();
    };
  }

  #note({ after }: CacheChange<Pod>, signal: AbortSignal): void {
    if (after === undefined || !isBeingEnded(after) || this.#followed.has(after.metadata.uid)) return;
    const now = this.#setup.clock.monotonic();
    for (const [uid, { at }] of this.#followed) if (now - at > keptMilliseconds) this.#followed.delete(uid);
    if (this.#open >= mostFollowed) return;
    const followed = { at: now, heard: { update: undefined, isWhole: false } };
    this.#followed.set(after.metadata.uid, followed);
    void this.#follow(after, followed, signal);
  }

  async #follow(pod: Pod, followed: Followed, signal: AbortSignal): Promise<void> {
    const { name, namespace = '' } = pod.metadata;
    const query = { name, namespace, container: containers.trainer, tailLines, follow: true };
    this.#open += 1;
    try {
      const lines = await this.#setup.cluster.logLines(query, signal);
      if (lines === undefined) return;
      for await (const { text } of lines)
        followed.heard = { update: furthest(followed.heard.update, lastUpdateIn(text)), isWhole: false };
      followed.heard = { ...followed.heard, isWhole: true };
    } catch (cause) {
      if (!signal.aborted) this.#setup.log.debug({ pod: name, err: cause }, 'the trainer log broke off');
    } finally {
      this.#open -= 1;
    }
  }
}

const isBeingEnded = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  metadata.labels?.[labels.run] !== undefined &&
  status?.containerStatuses?.some(
    ({ name, state }) => name === containers.trainer && state?.running !== undefined,
  ) === true;
