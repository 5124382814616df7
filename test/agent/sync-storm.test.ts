// The real sync over a real directory, before a real S3 server behind a proxy that spoils requests by seed, and killed now and
// then. Whatever happens: every finished checkpoint arrives, none is ever half or wrong, and the trainer's files stay its own.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/ports/objects.ts';
import { makeOpenObjectStore } from '../../src/s3/object-store.ts';
import { auditCheckpoints } from '../support/checkpoint-audit.ts';
import { runs } from '../support/counts.ts';
import { Dice } from '../support/e2e/dice.ts';
import { FaultProxy, type ProxyFault, seededFaults } from '../support/fault-proxy.ts';
import { LiveSync } from '../support/live-sync.ts';
import { collect, never } from '../support/object-samples.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { describeWith } from '../support/requirement.ts';
import { hastyLimits } from '../support/s3-bench.ts';
import { SavingTrainer } from '../support/saving-trainer.ts';
import { scaledClock } from '../support/scaled-clock.ts';
import { missingVersitygw, startVersitygw, type Versitygw } from '../support/versitygw.ts';

const MiB = 1024 * 1024;
// S3 takes no part below 5 MiB but the last
const limits = {
  ...hastyLimits,
  idleMilliseconds: 3000,
  answerMilliseconds: 5000,
  partBytes: 5 * MiB,
  copyPartBytes: 5 * MiB,
  singlePutBytes: MiB,
  progressBytes: MiB,
};
const open = makeOpenObjectStore({ clock: systemClock, limits });
const updates = 5;

interface Cost {
  readonly requests: number;
  readonly bytes: number;
  /** Bytes of the checkpoints that were sent, each once. */
  readonly neededBytes: number;
  readonly objects: number;
  /** Of these, made inside the store. */
  readonly copied: number;
}

const total = (costs: readonly Cost[], field: keyof Cost): number =>
  costs.reduce((sum, cost) => sum + cost[field], 0);

// A changed byte of XML can make another valid answer, which only TLS prevents.
const mayStrike = (fault: ProxyFault, line: string): boolean =>
  fault !== 'flippedAnswer' || /^GET [^?]*\/model_/.test(line);

describeWith(missingVersitygw, 'sync before versitygw behind faults', () => {
  let server: Versitygw;
  let proxy: FaultProxy;
  let truth: ObjectStore;
  beforeAll(async () => {
    server = await startVersitygw();
    proxy = await FaultProxy.start(server.endpoint);
    truth = open(server.address, server.operator);
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  /** One attempt from its first save to end.json: all of it arrives. */
  async function expectWeathered(seed: number, odds: number): Promise<Cost> {
    const dice = new Dice(seed);
    const before = proxy.requests.length;
    const objects = open({ ...server.address, endpoint: proxy.endpoint }, server.agent);
    const changes = { modelLastEverySeconds: 15, graceSeconds: 1800 };
    const live = new LiveSync({
      objects,
      clock: scaledClock(10),
      run: `seed-${seed}-${odds * 100}`,
      changes,
    });
    const trainer = new SavingTrainer(live.directory, dice, 9 * MiB + 7);
    proxy.choose = seededFaults(seed, odds, mayStrike);
    try {
      live.start();
      const killAt = Math.floor(dice.under(2 * updates));
      for (let update = 1; update <= updates; update += 1) {
        await trainer.trainOn();
        await delay(dice.under(900));
        if (update !== killAt || odds === 0) continue;
        await live.kill();
        await trainer.trainOn();
        live.start();
      }
      const end = await live.finish();
      expect(end).toMatchObject({ flushed: true, unsent: [], lastUpdateSaved: trainer.update });
      await expectAllThere(live, trainer);
    } finally {
      proxy.choose = () => undefined;
      await live.kill();
      live.remove();
    }
    return costOf(live, before);
  }

  async function expectAllThere(live: LiveSync, trainer: SavingTrainer): Promise<void> {
    const keys = (await collect(truth.list(live.prefix, never))).flat().map(({ key }) => key);
    for (const update of trainer.steps) expect(keys).toContain(`${live.prefix}steps/model_${update}.pt`);
    expect(keys).toContain(`${live.prefix}last/model_${trainer.update}.pt`);
    await auditCheckpoints(truth, keys);
    expect(await truth.listUploads(live.prefix, never)).toEqual([]);
    for (const [name, bytes] of trainer.files) {
      const path = join(live.directory, name);
      const step = Number(/^model_([0-9]+)/.exec(name)?.[1]);
      // a Step that is gone is in the bucket, as was seen above, and is not the newest
      if (!existsSync(path)) expect(trainer.steps.slice(0, -1)).toContain(step);
      else expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
    }
  }

  async function costOf(live: LiveSync, before: number): Promise<Cost> {
    const spent = proxy.requests.slice(before);
    const listed = (await collect(truth.list(live.prefix, never)))
      .flat()
      .filter(({ key }) => key.endsWith('.pt'));
    const said = (words: string): number => live.log.lines.filter(({ message }) => message === words).length;
    const sent = said('checkpoint saved');
    return {
      requests: spent.length,
      bytes: spent.reduce((sum, { bytes }) => sum + bytes, 0),
      neededBytes: sent * (listed[0]?.sizeBytes ?? 0),
      objects: listed.length,
      copied: said('checkpoint saved, copied inside the store'),
    };
  }

  const seeds = Array.from({ length: runs(2, 40) }, (_, index) => index + 1);
  const stormy: Cost[] = [];
  const calm: Cost[] = [];

  test.each(seeds)(
    'seed %d saves everything',
    async (seed) => {
      stormy.push(await expectWeathered(seed, 0.1));
      if (seed % 10 === 1) calm.push(await expectWeathered(seed, 0));
    },
    300_000,
  );

  test('at no more than one and a half times the cost', () => {
    const perObject = (costs: readonly Cost[]): number => total(costs, 'requests') / total(costs, 'objects');
    expect(total(stormy, 'bytes')).toBeLessThanOrEqual(1.5 * total(stormy, 'neededBytes'));
    expect(total(calm, 'copied')).toBeGreaterThan(0);
    expect(perObject(stormy)).toBeLessThanOrEqual(1.5 * perObject(calm));
  });
});
