// A storm over retention, all of it from one seed: runs with a past, two operators, people who change their minds, a store and clocks
// that fail, and a stop at any call. The passes and deletions are the real ones; a judge looks at everything that is removed.
import { apiVersion, runNames } from '../../../src/api/names.ts';
import { definitions, namespaces, policies, runs } from '../../../src/ports/kinds.ts';
import { FakeCluster } from '../fake-cluster.ts';
import type { FakeTraining } from '../fake-training.ts';
import { statusWith } from '../run-snapshots.ts';
import { Dice } from '../e2e/dice.ts';
import { seedHistory, seedMarker, type StormRun } from './storm-history.ts';
import { StormJudge } from './storm-judge.ts';
import { fakeSite, type StormPlace, type StormSite } from './storm-place.ts';
import type { StormProcess } from './storm-process.ts';
import { approve, editGreedily, greedyRules, suspend, type Trouble } from './storm-edits.ts';
import { StormScene } from './storm-scene.ts';
import { accidents, back, troubles } from './storm-troubles.ts';

const runOf = (namespace: string, name: string): StormRun => ({
  namespace,
  name,
  prefix: `prod/${namespace}/${name}/`,
});

const stormRuns = [runOf('voice', 'zh'), runOf('voice', 'en'), runOf('lab', 'yue')] as const;

/** Under it nothing waits for approval. */
const trustingPolicy = {
  selector: {},
  mode: 'Enforce',
  approveAbove: { percent: 100, checkpoints: 1000 },
};

export class RetentionStorm {
  readonly judge: StormJudge;
  readonly #dice: Dice;
  readonly #cluster: FakeCluster;
  readonly #place: StormPlace;
  readonly #training: FakeTraining | undefined;
  readonly #scene: StormScene;

  private constructor(seed: number, { clock, place, training }: StormSite) {
    this.#dice = new Dice(seed);
    this.#place = place;
    this.#cluster = new FakeCluster({ clock });
    const cluster = this.#cluster;
    this.judge = new StormJudge({
      cluster,
      place,
      prefixOf: ({ namespace, name }) => `prod/${namespace ?? ''}/${name}/`,
    });
    this.#training = training?.(cluster);
    const { judge } = this;
    this.#scene = new StormScene({
      dice: this.#dice,
      clock,
      cluster,
      place,
      judge,
      training: this.#training,
      odds: 2,
    });
  }

  /** A storm of so many moves of everybody. */
  static async rage(seed: number, moves: number, site: StormSite = fakeSite()): Promise<RetentionStorm> {
    const storm = new RetentionStorm(seed, site);
    await storm.#begin();
    for (let move = 0; move < moves; move += 1) await storm.#move();
    await storm.#aftermath();
    await storm.#scene.end();
    return storm;
  }

  async #begin(): Promise<void> {
    const { storage } = this.#cluster;
    storage.create(definitions, { metadata: { name: 'ttstrainingruns.reprise.dev' } });
    for (const name of ['voice', 'lab'])
      storage.create(namespaces, { metadata: { name, labels: { team: 'a' } } });
    for (const run of stormRuns) await this.#apply(run);
    this.#applyWaiting();
    if (this.#dice.under(2) < 1)
      storage.create(policies, { metadata: { name: 'trusting' }, spec: trustingPolicy });
    this.#scene.begin();
    await this.#scene.pass(40);
  }

  async #apply(run: StormRun): Promise<void> {
    const { namespace, name } = run;
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const suspend = this.#training === undefined || this.#dice.under(10) < 7;
    const spec = { trainer, suspend, retention: greedyRules };
    const manifest = { apiVersion, kind: runNames.kind, metadata: { namespace, name }, spec };
    const created = this.#cluster.storage.create(runs, manifest);
    await seedHistory(this.#dice, this.#place, run);
    const runUid = this.#dice.pick([created.metadata.uid, created.metadata.uid, 'former']);
    await seedMarker(this.#place, run, { runUid });
    if (this.#dice.under(4) < 1)
      this.#cluster.storage.putStatus(runs, run, { status: statusWith([], { phase: 'Succeeded' }) });
  }

  /** A run that is to begin from another's checkpoint some day. */
  #applyWaiting(): void {
    if (this.#dice.under(3) < 2) return;
    const trainer = { image: 'registry.example/f5-tts:1', checkpointDir: '/ckpts' };
    const update = Math.floor(this.#dice.under(30));
    const initializeFrom = { run: 'zh', ...(update === 0 ? {} : { update }) };
    const metadata = { namespace: 'voice', name: 'warm' };
    const spec = { trainer, suspend: true, initializeFrom };
    this.#cluster.storage.create(runs, { apiVersion, kind: runNames.kind, metadata, spec });
  }

  async #move(): Promise<void> {
    const chance = this.#dice.under(100);
    if (chance < 50) await this.#passOver(this.#run());
    else if (chance < 57) await this.#calm(this.#run());
    else if (chance < 75) await this.#scene.pass(this.#dice.pick([1, 10, 31, 59, 61, 200]));
    else if (chance < 90) await this.#befall(troubles, this.#run());
    else if (chance < 96) await this.#training?.turn();
    else await this.#scene.upset();
  }

  #run(): StormRun {
    return this.#dice.pick([...stormRuns]);
  }

  /** In the end no policy holds any more, and of each run what hardly any rule keeps goes. */
  async #aftermath(): Promise<void> {
    const { storage } = this.#cluster;
    for (const { metadata } of storage.list(policies, {})) storage.delete(policies, metadata, {});
    for (const run of stormRuns) {
      for (const wish of [editGreedily, back, suspend]) await this.#befall([wish], run);
      await this.#calm(run);
    }
  }

  /** A while in which nobody changes anything: what is condemned goes, as soon as somebody agrees. */
  async #calm(run: StormRun): Promise<void> {
    this.#scene.calm();
    for (const seconds of [5, 31, 35, 5, 5]) {
      await this.#passOver(run);
      if (seconds === 5) await this.#befall([approve], run);
      await this.#scene.pass(seconds);
    }
  }

  async #befall(choices: readonly Trouble[], run: StormRun): Promise<void> {
    const trouble = choices[Math.floor(this.#dice.under(choices.length))];
    const hasNodes = this.#training !== undefined;
    await trouble?.({ dice: this.#dice, cluster: this.#cluster, place: this.#place, hasNodes }, run);
  }

  /** Whoever leads looks at the run. */
  async #passOver(run: StormRun): Promise<void> {
    await this.#scene.all(
      async (process) => this.#workOn(process, run),
      async () => this.#befall(accidents, run),
    );
  }

  async #workOn(process: StormProcess, run: StormRun): Promise<void> {
    const object = this.#cluster.storage.read(runs, run);
    if (object === undefined) return;
    await process.work(async (office, signal) => {
      this.judge.begin(process, object);
      await office.passOverRun(run, signal);
    });
  }
}
