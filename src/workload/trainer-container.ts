// The trainer's container: what the run says, the scratch volume at checkpointDir, and who it is. Never a credential of the store.
import type { V1Container, V1EnvVar, V1SecurityContext } from '@kubernetes/client-node';
import { containers, environmentPrefix } from '../api/names.ts';
import type { TTSTrainingRun } from '../api/run.ts';
import { podEndingPath, syncStatusPort } from '../wire/sync-status.ts';
import type { AsJson } from './manifest.ts';
import { scratchAt, sharedMemoryMount } from './volumes.ts';

type Container = AsJson<V1Container>;
type Variable = AsJson<V1EnvVar>;

/** The trainer of the run's attempt with this number. */
export function buildTrainer(run: TTSTrainingRun, attempt: number): Container {
  const { securityContext: _own, env, volumeMounts, checkpointDir, ...said } = run.spec.trainer;
  return {
    ...said,
    name: containers.trainer,
    env: [...buildVariables(run, attempt), ...(env ?? [])],
    volumeMounts: [scratchAt(checkpointDir), sharedMemoryMount, ...(volumeMounts ?? [])],
    securityContext: buildSecurityContext(run),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    // Whoever ends the pod tells sync before the trainer, whose exit code then means nothing.
    lifecycle: { preStop: { httpGet: { port: syncStatusPort, path: podEndingPath(run.metadata.uid) } } },
  };
}

// Ours come first, so that the run's own variables and arguments can refer to them as $(REPRISE_ATTEMPT).
function buildVariables(run: TTSTrainingRun, attempt: number): readonly Variable[] {
  const { env = [], checkpointDir } = run.spec.trainer;
  const own: readonly Variable[] = [
    { name: `${environmentPrefix}RUN`, value: run.metadata.name },
    { name: `${environmentPrefix}ATTEMPT`, value: String(attempt) },
    { name: `${environmentPrefix}CHECKPOINT_DIR`, value: literal(checkpointDir) },
  ];
  // One curve over all attempts, unless the run says otherwise.
  const defaults: readonly Variable[] = [
    { name: 'WANDB_RUN_ID', value: run.metadata.uid },
    { name: 'WANDB_RESUME', value: 'allow' },
  ];
  return [...own, ...defaults.filter(({ name }) => !env.some((variable) => variable.name === name))];
}

/** A value that Kubernetes' expansion of $(NAME) leaves as it is. */
const literal = (value: string): string => value.replaceAll('$', '$$$$');

function buildSecurityContext(run: TTSTrainingRun): AsJson<V1SecurityContext> {
  const { runAsUser, runAsGroup, capabilities } = run.spec.trainer.securityContext ?? {};
  return {
    ...(runAsUser === undefined ? {} : { runAsUser, runAsNonRoot: runAsUser !== 0 }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], ...(capabilities?.add === undefined ? {} : { add: capabilities.add }) },
  };
}
