// A sync agent at work on an AgentBench: told to end, stopped dead, asked for its status.
import type { Ended } from '../../src/agent/sync/flush.ts';
import { sync } from '../../src/agent/sync/sync.ts';
import { writePlaced } from '../../src/agent/placed.ts';
import { formatAttemptId } from '../../src/domain/bucket/keys.ts';
import { type EndDocument, endDocument } from '../../src/wire/end-document.ts';
import type { AgentPages } from '../../src/ports/agent-status.ts';
import type { SyncStatus } from '../../src/wire/sync-status.ts';
import { type AgentBench, directory, own, prefix, second } from './agent-bench.ts';

const folder = `${prefix}attempts/${formatAttemptId(own)}/`;

export class SyncRun {
  readonly bench: AgentBench;
  readonly ended: Promise<Ended>;
  isOver = false;
  readonly #told = new AbortController();
  readonly #dead = new AbortController();
  #pages: AgentPages | undefined;

  constructor(bench: AgentBench) {
    this.bench = bench;
    const { config, disk, objects, clock, log } = bench;
    const serve = async (pages: AgentPages): Promise<AsyncDisposable> => {
      this.#pages = pages;
      return { [Symbol.asyncDispose]: async () => undefined };
    };
    const world = { config, disk, objects, clock, log, status: { serve } };
    const signals = { told: this.#told.signal, signal: this.#dead.signal };
    this.ended = sync(world, signals).finally(() => (this.isOver = true));
    this.ended.catch(() => undefined);
  }

  get status(): SyncStatus {
    if (this.#pages === undefined) throw new Error('the status is not served yet');
    return this.#pages.current();
  }

  /** The codes of the problems it tells. */
  get problems(): string[] {
    return this.status.problems.map(({ code }) => code);
  }

  /** What this attempt has in the bucket, below its folder. */
  get saved(): string[] {
    return this.bench.objects.keys(folder).map((key) => key.slice(folder.length));
  }

  /** Lets seconds pass. */
  async pass(seconds: number): Promise<void> {
    await this.bench.clock.advance(seconds * 1000);
  }

  /** Kubelet sends SIGTERM, the trainer being dead; resolves to end.json. */
  async finish(): Promise<EndDocument> {
    this.#told.abort();
    await this.bench.clock.advanceUntil(() => this.isOver, 3_600_000);
    return (await this.ended).document;
  }

  /** Kubelet asks this path before it ends the trainer. */
  endPod(path: string): void {
    if (this.#pages?.podEndingPath === path) this.#pages.onPodEnding();
  }

  /** SIGTERM, without waiting for the end. */
  tell(): void {
    this.#told.abort();
  }

  /** The container dies where it is. */
  async kill(): Promise<void> {
    this.#dead.abort(new Error('killed'));
    await this.bench.clock.advance(0);
    await this.ended.catch(() => undefined);
  }
}

/** end.json as it lies in the bucket. */
export function endOf(bench: AgentBench): EndDocument | undefined {
  const bytes = bench.objects.objects.get(`${folder}end.json`)?.bytes;
  return bytes === undefined ? undefined : endDocument.parse(new TextDecoder().decode(bytes), 'end.json');
}

/** What restore leaves when it placed the second attempt's checkpoint. */
export async function place(bench: AgentBench, update: number, bytes: Uint8Array): Promise<void> {
  bench.save('model_last.pt', bytes);
  const facts = await bench.disk.stat(`${directory}/model_last.pt`);
  if (facts === undefined) throw new Error('nothing was placed');
  const { inode, modifiedAt, sizeBytes } = facts;
  bench.disk.addDirectory(`${directory}/.reprise`);
  const key = `${prefix}attempts/${formatAttemptId(second)}/last/model_${update}.pt`;
  await writePlaced(bench, {
    version: 1,
    placed: { name: 'model_last.pt', key, attempt: second, update, inode, modifiedAt, sizeBytes },
  });
}
