// One pass of Reprise over the store of the sweep bench, in a process of its own: scan, plan, delete. Prints what each phase cost as
// one line of JSON. Its planning is one function, so that another planner takes its place easily.
import { subscribe } from 'node:diagnostics_channel';
import { readInventory } from '../src/domain/bucket/inventory.ts';
import type { ListedObject } from '../src/domain/bucket/inventory.ts';
import { planRetention } from '../src/domain/retention/plan.ts';
import { systemClock } from '../src/ops/clock.ts';
import { preferSmallHeap } from '../src/ops/memory.ts';
import type { BucketAddress, Credentials, ObjectStore } from '../src/ports/objects.ts';
import { makeOpenObjectStore } from '../src/s3/object-store.ts';
import { benchAttempt, keepNewest, keysPerRun, runPrefixOf, storePrefix } from './sweep/runs.ts';

/** What a phase cost. */
export interface Phase {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Peak of the process so far. */
  readonly peakBytes: number;
}

export interface PassFigures {
  readonly keys: number;
  readonly deleted: number;
  readonly failed: number;
  readonly lists: number;
  /** Loading the program. */
  readonly start: Phase;
  readonly list: Phase;
  readonly plan: Phase;
  readonly delete: Phase;
}

export interface PassOrder {
  readonly address: BucketAddress;
  readonly credentials: Credentials;
  readonly runs: number;
  /** Only lists, and keeps nothing of it: what the scan alone holds. */
  readonly scanOnly: boolean;
}

/** Of a pass that only lists. */
export interface ScanFigures {
  readonly keys: number;
  readonly peakBytes: number;
  /** Of a second scan: every sweep but the first is one of a store that is known, by a program that is warm. */
  readonly again: { readonly seconds: number; readonly cpuSeconds: number; readonly lists: number };
}

const never = new AbortController().signal;
let lists = 0;
subscribe('http.client.request.start', (message) => {
  if (String((message as { request?: { path?: string } }).request?.path).includes('list-type=2')) lists += 1;
});

let lastWall = 0;
let lastCpu = 0;

/** What happened since the last call. */
function phase(): Phase {
  const { user, system } = process.cpuUsage();
  const [wall, cpu] = [performance.now() / 1000, (user + system) / 1e6];
  const cost = { wallSeconds: wall - lastWall, cpuSeconds: cpu - lastCpu };
  [lastWall, lastCpu] = [wall, cpu];
  return { ...cost, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

type Listed = Map<string, ListedObject[]>;

/** `bench/NAMESPACE/RUN/` of a key. */
function runOf(key: string): string {
  const afterNamespace = key.indexOf('/', storePrefix.length + 1) + 1;
  return key.slice(0, key.indexOf('/', afterNamespace) + 1);
}

const landmarksOf = (runs: number): readonly string[] =>
  Array.from({ length: runs }, (_, index) => runPrefixOf(index));

async function listRuns(store: ObjectStore, runs: number): Promise<Listed> {
  const listed: Listed = new Map();
  const request = { prefix: `${storePrefix}/`, landmarks: landmarksOf(runs) };
  for await (const page of store.scan(request, never))
    for (const object of page) {
      const run = runOf(object.key);
      const objects = listed.get(run);
      if (objects === undefined) listed.set(run, [object]);
      else objects.push(object);
    }
  return listed;
}

/** The keys to delete of one run. */
function planRun(prefix: string, objects: readonly ListedObject[], storeTime: number): readonly string[] {
  const { attempts } = readInventory(prefix, objects);
  const plan = planRetention({
    runUid: 'bench',
    markerUid: 'bench',
    prefix,
    attempts,
    origins: [{ id: benchAttempt, openedAt: 0, resumedFrom: undefined }],
    rules: { keepNewest, minAgeSeconds: 0 },
    succeeded: false,
    startingAttempt: undefined,
    storeTime,
  });
  if (plan.kind === 'Stopped') throw new Error(plan.why);
  return plan.rulings
    .filter(({ verdict }) => verdict === 'Condemned')
    .map(({ checkpoint }) => checkpoint.key);
}

/** As the operator scans a store for the first time and once more, with its settings for memory. */
async function scanOnly(store: ObjectStore, runs: number): Promise<ScanFigures> {
  preferSmallHeap();
  const request = { prefix: `${storePrefix}/`, landmarks: landmarksOf(runs) };
  const scan = async (): Promise<number> => {
    let keys = 0;
    for await (const page of store.scan(request, never)) keys += page.length;
    return keys;
  };
  const keys = await scan();
  phase();
  const before = lists;
  if ((await scan()) !== keys) throw new Error('another scan told another number of keys');
  const { peakBytes, wallSeconds: seconds, cpuSeconds } = phase();
  return { keys, peakBytes, again: { seconds, cpuSeconds, lists: lists - before } };
}

async function main(order: PassOrder): Promise<PassFigures | ScanFigures> {
  const store = makeOpenObjectStore({ clock: systemClock })(order.address, order.credentials);
  if (order.scanOnly) return scanOnly(store, order.runs);
  const start = phase();
  const listed = await listRuns(store, order.runs);
  const keys = [...listed.values()].reduce((sum, objects) => sum + objects.length, 0);
  const list = phase();
  const storeTime = store.time() ?? 0;
  const condemned = [...listed].flatMap(([prefix, objects]) => planRun(prefix, objects, storeTime));
  const plan = phase();
  let [deleted, failed] = [0, 0];
  await store.bulkDelete(
    {
      targets: condemned.map((key) => ({ key })),
      beforeBatch: async () => {},
      afterBatch: async (outcome) => {
        deleted += outcome.deleted.length;
        failed += outcome.failures.length;
      },
    },
    never,
  );
  if (keys !== order.runs * keysPerRun) throw new Error(`${keys} keys of ${order.runs} runs`);
  return { keys, deleted, failed, lists, start, list, plan, delete: phase() };
}

console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? '') as PassOrder)));
process.exit(0);
