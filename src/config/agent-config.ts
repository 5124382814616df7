// The agent's whole configuration, from its environment. Every mistake is listed at once; a value is never repeated in a
// message, since a credential may have been put into the wrong variable.
import { type AttemptId, formatRunPrefix, podOf } from '../domain/bucket/keys.ts';
import {
  type AgentEnvironment,
  agentCheckpointDir,
  agentEnvironment,
  agentEnvironmentVariable,
  podUidVariable,
} from '../wire/agent-environment.ts';
import { DocumentError } from '../wire/document.ts';

export interface AgentCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface AgentConfig {
  readonly environment: AgentEnvironment;
  readonly podUid: string;
  /** This attempt and pod. */
  readonly attempt: AttemptId;
  /** Prefix of every key of the run, with its trailing slash. */
  readonly runPrefix: string;
  /** Where this container sees the directory it shares with the trainer. */
  readonly directory: string;
  /** Undefined = the ambient chain (IRSA, pod identity, or a pair with a session token). */
  readonly credentials: AgentCredentials | undefined;
}

/** The environment cannot be used; the message lists every reason. */
export class AgentConfigError extends Error {
  override readonly name = 'AgentConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(`the agent's environment cannot be used: ${mistakes.join('; ')}`);
    this.mistakes = mistakes;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads REPRISE_AGENT, REPRISE_POD_UID and AWS_*; throws {@link AgentConfigError} with every mistake. `directory` is
 * another mount point than the one in a pod, for use by hand.
 */
export function parseAgentConfig(variables: Environment, directory = agentCheckpointDir): AgentConfig {
  const mistakes: string[] = [];
  const environment = readEnvironment(variables, mistakes);
  const podUid = readPodUid(variables, mistakes);
  const credentials = readCredentials(variables, mistakes);
  if (!directory.startsWith('/')) mistakes.push('the checkpoint directory must be an absolute path');
  if (environment === undefined || podUid === undefined || mistakes.length > 0)
    throw new AgentConfigError(mistakes);
  const { run, store, attempt } = environment;
  return {
    environment,
    podUid,
    attempt: { number: attempt, pod: podOf(podUid) },
    runPrefix: formatRunPrefix({ prefix: store.prefix, namespace: run.namespace, run: run.name }),
    directory,
    credentials,
  };
}

function readEnvironment(variables: Environment, mistakes: string[]): AgentEnvironment | undefined {
  const text = variables[agentEnvironmentVariable];
  if (text === undefined || text === '') {
    mistakes.push(`${agentEnvironmentVariable} is not set: the operator sets it in every pod it makes`);
    return undefined;
  }
  try {
    return agentEnvironment.parse(text, agentEnvironmentVariable);
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    mistakes.push(cause.message.replace(/\.$/, ''));
    return undefined;
  }
}

function readPodUid(variables: Environment, mistakes: string[]): string | undefined {
  const uid = variables[podUidVariable];
  if (uid !== undefined && /^[0-9a-f]{8}[0-9a-f-]*$/i.test(uid)) return uid;
  mistakes.push(`${podUidVariable} must be the pod's UID (downward API, fieldPath metadata.uid)`);
  return undefined;
}

const credentialNames = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

function readCredentials(variables: Environment, mistakes: string[]): AgentCredentials | undefined {
  const [accessKeyId, secretAccessKey, sessionToken] = credentialNames.map((name) => variables[name] ?? '');
  if (!accessKeyId !== !secretAccessKey) {
    const [id, secret] = credentialNames;
    mistakes.push(
      `${accessKeyId ? `${id} is set without ${secret}` : `${secret} is set without ${id}`}: the Secret of the CheckpointStore's agentCredentials must hold both`,
    );
  }
  // A session token belongs to its pair: the ambient chain reads all three.
  if (!accessKeyId || !secretAccessKey || sessionToken) return undefined;
  return { accessKeyId, secretAccessKey };
}
