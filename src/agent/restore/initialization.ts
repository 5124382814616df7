// What a run without a checkpoint of its own starts from: the candidates of another run of its namespace, or the one object
// that a person put there, and how each becomes a file for the trainer.
import { modelLast, warmStart } from '../../domain/agent/checkpoint-files.ts';
import { formatObjectsPrefix, formatRunPrefix } from '../../domain/bucket/keys.ts';
import { planSource, type Source, type SourceFacts } from '../../domain/bucket/source.ts';
import type { AgentEnvironment } from '../../wire/agent-environment.ts';
import { patiently } from '../patience.ts';
import type { AgentWorld } from '../world.ts';
import { fetchCandidate } from './candidate.ts';
import { readBelow } from './run-reading.ts';
import { RestoreStop } from './stop.ts';
import type { Wanted } from './wanted.ts';
import { fetchWeights } from './weights.ts';

/** The candidates of initializeFrom; rejects with a stop when there are none. */
export async function planInitialization(world: AgentWorld, signal: AbortSignal): Promise<Wanted> {
  const { initializeFrom } = world.config.environment;
  if (initializeFrom === null) throw new Error('nothing to initialise from');
  const { mode, clusterUid, adoptClusters } = initializeFrom;
  const source = sourceOf(initializeFrom.source);
  const facts = await readSource(world, source, signal);
  const plan = planSource({ source, clusterUids: [clusterUid, ...adoptClusters], facts });
  if (plan.kind === 'Stop') throw new RestoreStop(plan.reason, plan.message);
  const { candidates } = plan;
  const whose = source.is === 'Run' ? `of run ${source.run} that initializeFrom names` : 'in initializeFrom';
  return mode === 'Resume'
    ? { candidates, whose, mode, name: modelLast, fetch: fetchCandidate }
    : { candidates, whose, mode, name: warmStart, fetch: fetchWeights };
}

type NamedSource = NonNullable<AgentEnvironment['initializeFrom']>['source'];

const sourceOf = (source: NamedSource): Source =>
  source.is === 'Run' ? { ...source, update: source.update ?? undefined } : source;

async function readSource(world: AgentWorld, source: Source, signal: AbortSignal): Promise<SourceFacts> {
  const { run, store } = world.config.environment;
  const place = { prefix: store.prefix, namespace: run.namespace };
  if (source.is === 'Object') {
    const key = formatObjectsPrefix(place) + source.object;
    const found = await patiently(world, () => world.objects.head(key, signal), signal);
    return { is: 'Object', key, found };
  }
  const prefix = formatRunPrefix({ ...place, run: source.run });
  const reasons = { marker: 'SourceUnreadable', origin: 'SourceUnreadable' };
  const { marker, inventory, origins } = await readBelow(world, { prefix, reasons }, signal);
  return { is: 'Run', clusterUid: marker?.clusterUid, inventory, origins };
}
