// Hands what a pass judged of its run to whoever plans all runs together.
import type { TTSTrainingRun } from '../../api/run.ts';
import type { RetentionFacts } from '../../domain/run/retention-facts.ts';
import type { Governed } from './governing.ts';
import type { Observation } from './observe.ts';
import type { World } from './world.ts';

export interface Judgement {
  readonly run: TTSTrainingRun;
  readonly observation: Observation;
  readonly governed: Governed;
  readonly facts: RetentionFacts;
}

/** Notes the judgement of this pass. */
export function noteJudgement(world: World, { run, observation, governed, facts }: Judgement): void {
  const { uid } = run.metadata;
  const { lookup } = observation;
  const { policies } = governed;
  world.judged.note(uid, {
    store: lookup.kind === 'Ready' ? lookup.name : undefined,
    question: world.collection.question(uid),
    version: policies.kind === 'Read' ? policies.version : undefined,
    readAt: world.memory.of(uid).reading?.readAt ?? -Infinity,
    facts,
    reclaimedBytes: run.status?.totals.reclaimedBytes ?? 0,
  });
}
