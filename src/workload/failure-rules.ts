// The Job's podFailurePolicy: nothing is retried by the Job itself, and the rule that matched tells the class of the end
// ("… matching FailJob rule at index 0") after the pod is gone.
import type { V1PodFailurePolicy, V1PodFailurePolicyRule } from '@kubernetes/client-node';
import { containers } from '../api/names.ts';
import { restoreExitCodes } from '../domain/run/ending.ts';
import type { AsJson } from './manifest.ts';

type FailureRule = AsJson<V1PodFailurePolicyRule>;

const failWhenExitIs = (
  containerName: string,
  operator: 'In' | 'NotIn',
  values: readonly number[],
): FailureRule => ({ action: 'FailJob', onExitCodes: { containerName, operator, values } });

const { waitsForPerson, retryable } = restoreExitCodes;

/** First match wins, so a disruption is never mistaken for the exit code it caused; exit code 0 matches no rule. */
export const failurePolicy: AsJson<V1PodFailurePolicy> = {
  rules: [
    { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    failWhenExitIs(containers.restore, 'In', [waitsForPerson]),
    failWhenExitIs(containers.restore, 'In', [retryable]),
    failWhenExitIs(containers.restore, 'NotIn', [waitsForPerson, retryable]),
    failWhenExitIs(containers.trainer, 'NotIn', [0]),
  ],
};
