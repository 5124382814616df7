// A storm over a whole store, all of it from one seed: runs and namespaces come and go, with and without their checkpoints, policies take
// what they left and what is too much, and two operators sweep, plan and delete. Everything real; a judge looks at all that is removed.
import { definitions, namespaces, runs } from '../../../src/ports/kinds.ts';
import { cacheKey } from '../../../src/ports/cluster.ts';
import { Dice } from '../e2e/dice.ts';
import { FakeCluster } from '../fake-cluster.ts';
import { StoreJudge } from './store-judge.ts';
import {
  ageNote,
  agree,
  applyRun,
  clean,
  deleteRun,
  makeNamespace,
  storeAccidents,
  type StoreStage,
  type StoreTrouble,
  storeTroubles,
  wishGone,
} from './store-troubles.ts';
import { seedHistory, seedMarker, type StormRun } from './storm-history.ts';
import { fakeSite, type StormPlace, type StormSite } from './storm-place.ts';
import type { StormProcess } from './storm-process.ts';
import { StormScene } from './storm-scene.ts';
import { back } from './storm-troubles.ts';

const at = (namespace: string, name: string): StormRun => ({
  namespace,
  name,
  prefix: `prod/${namespace}/${name}/`,
});

/** Of the last only what it left is there when it begins. */
const places = [at('voice', 'zh'), at('voice', 'en'), at('lab', 'yue'), at('voice', 'old')] as const;

/** Nobody ever touches these: so a list of runs that has hardly any is far too short. */
const others = [1, 2, 3, 4, 5].map((number) => at('lab', `other-${number}`));

export class StoreStorm {
  readonly judge: StoreJudge;
  readonly #dice: Dice;
  readonly #cluster: FakeCluster;
  readonly #place: StormPlace;
  readonly #scene: StormScene;
  #isFew = false;

  private constructor(seed: number, { clock, place }: StormSite) {
    this.#dice = new Dice(seed);
    this.#place = place;
    this.#cluster = new FakeCluster({ clock });
    const cluster = this.#cluster;
    this.judge = new StoreJudge({
      cluster,
      place,
      prefixOf: ({ namespace, name }) => `prod/${namespace ?? ''}/${name}/`,
    });
    this.#scene = new StormScene({
      dice: this.#dice,
      clock,
      cluster,
      place,
      judge: this.judge,
      training: undefined,
      odds: 12,
      isFew: () => this.#isFew,
    });
  }

  /** A storm of so many moves of everybody. */
  static async rage(seed: number, moves: number, site: StormSite = fakeSite()): Promise<StoreStorm> {
    const storm = new StoreStorm(seed, site);
    await storm.#begin();
    for (let move = 0; move < moves; move += 1) await storm.#move();
    await storm.#aftermath();
    await storm.#scene.end();
    return storm;
  }

  get #stage(): StoreStage {
    return {
      dice: this.#dice,
      cluster: this.#cluster,
      place: this.#place,
      hasNodes: false,
      wished: this.judge.wished,
      listFew: (isFew) => {
        this.#isFew = isFew;
      },
    };
  }

  async #begin(): Promise<void> {
    const { storage } = this.#cluster;
    const crd = { name: 'ttstrainingruns.reprise.dev', finalizers: ['crd'] };
    storage.create(definitions, { metadata: crd });
    for (const name of ['voice', 'lab'])
      storage.create(namespaces, { metadata: { name, labels: { team: 'a' } } });
    for (const run of [...places.slice(0, 3), ...others]) applyRun(this.#stage, run);
    for (const run of places) {
      await seedHistory(this.#dice, this.#place, run);
      const uid = storage.read(runs, run)?.metadata.uid;
      await seedMarker(this.#place, run, uid === undefined ? this.#former() : { runUid: uid });
    }
    this.#scene.begin();
    await this.#scene.pass(40);
  }

  #former(): Parameters<typeof seedMarker>[2] {
    const since = this.#place.now() - 2 * 86_400_000;
    return {
      runUid: 'former',
      gone: { since: Math.floor(since / 1000) * 1000 },
      namespaceLabels: { team: 'a' },
      deletionPolicy: this.#dice.pick(['Retain', 'Delete']),
    };
  }

  async #move(): Promise<void> {
    const chance = this.#dice.under(100);
    if (chance < 40) await this.#round();
    else if (chance < 50) await this.#scene.pass(this.#dice.pick([1, 10, 31, 59, 61, 200]));
    else if (chance < 93) await this.#befall(storeTroubles);
    else if (chance < 97) await this.#calm();
    else await this.#scene.upset();
  }

  /** One policy takes what it can of all that is left, and one run goes with its checkpoints. */
  async #aftermath(): Promise<void> {
    const stage = this.#stage;
    for (const run of places) await makeNamespace(stage, run);
    await clean(stage, places[0]);
    const goes = this.#dice.pick([places[0], places[1], places[2]]);
    await wishGone(stage, goes);
    await back(stage, goes);
    this.#scene.calm();
    await this.#round();
    await deleteRun(stage, goes);
    await this.#calm();
  }

  /** A while in which nobody changes anything, until what is gone has been gone for days. */
  async #calm(): Promise<void> {
    this.#scene.calm();
    this.#isFew = false;
    for (let round = 0; round < 7; round += 1) {
      await this.#round();
      await agree(this.#stage, places[0]);
      if (round === 2) for (const run of places) await ageNote(this.#stage, run);
      await this.#scene.pass(25);
    }
  }

  async #befall(choices: readonly StoreTrouble[]): Promise<void> {
    const trouble = choices[Math.floor(this.#dice.under(choices.length))];
    await trouble?.(this.#stage, this.#dice.pick([...places]));
  }

  /** Everything that an operator does, once. */
  async #round(): Promise<void> {
    await this.#all(async (process) => this.#sweep(process));
    for (const { metadata } of this.#cluster.storage.list(runs, {})) {
      const { namespace = '', name } = metadata;
      await this.#all(async (process) => this.#passOverRun(process, at(namespace, name)));
    }
    await this.#all(async (process) => this.#plan(process));
    for (const run of places) await this.#all(async (process) => this.#passOverRun(process, run));
    for (const run of places) await this.#all(async (process) => this.#passOverPlace(process, run));
  }

  async #all(work: (process: StormProcess) => Promise<void>): Promise<void> {
    await this.#scene.all(work, async () => this.#befall(storeAccidents));
  }

  async #sweep(process: StormProcess): Promise<void> {
    await process.work(async (office, signal) => {
      this.judge.beginSweep(process);
      await office.sweep(signal);
    });
  }

  async #plan(process: StormProcess): Promise<void> {
    await process.work(async (office, signal) => {
      this.judge.beginPlan(process);
      await office.plan(signal);
    });
  }

  async #passOverRun(process: StormProcess, run: StormRun): Promise<void> {
    const object = this.#cluster.storage.read(runs, run);
    if (object === undefined) return;
    await process.work(async (office, signal) => {
      this.judge.beginRun(process, object);
      await office.passOverRun(run, signal);
    });
  }

  async #passOverPlace(process: StormProcess, run: StormRun): Promise<void> {
    await process.work(async (office, signal) => {
      const place = `main/${cacheKey(run)}`;
      if (!office.places.has(place)) return;
      this.judge.beginPlace(process, run);
      await office.passOverPlace(place, signal).finally(() => this.judge.left.end(process));
    });
  }
}
