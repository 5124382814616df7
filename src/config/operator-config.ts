// The operator's whole configuration, from its environment. Every mistake is listed at once, with the variable, what it says and
// what it should say. None of these variables holds a secret.
import { defaultFlags, type OperatorFlags } from '../domain/retention/settings.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const pullPolicies = ['Always', 'IfNotPresent', 'Never'] as const;
export type PullPolicy = (typeof pullPolicies)[number];

export interface OperatorConfig {
  /** Undefined: the ServiceAccount of the pod it runs in. */
  readonly kubeconfig: string | undefined;
  /** The namespace of the operator: its Lease, and the Secrets of operatorCredentials. */
  readonly namespace: string;
  /** The image of restore and sync in every training pod. */
  readonly agentImage: { readonly image: string; readonly pullPolicy: PullPolicy };
  /** 0: any free port. */
  readonly metricsPort: number;
  /** How many runs are worked on at a time. */
  readonly workers: number;
  readonly logLevel: LogLevel;
  /** What holds of retention without any policy. */
  readonly retention: OperatorFlags;
  readonly sweep: SweepConfig;
  /** How often a second the status of any run may be written for the sake of progress alone. */
  readonly statusWritesPerSecond: number;
  readonly leaderElection: LeaderElectionConfig;
}

export interface LeaderElectionConfig {
  /** False: this is the only replica there is, and ever will be while it runs. */
  readonly enabled: boolean;
  /** Undefined: the name of the host. */
  readonly podName: string | undefined;
  readonly durationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
}

/** How whole stores are swept. */
export interface SweepConfig {
  /** How long after a sweep of a store the next one begins. */
  readonly intervalSeconds: number;
  /** An unfinished upload of a dead attempt is given up after so long. */
  readonly abortUploadsAfterSeconds: number;
}

/** The environment cannot be used; the message lists every reason. */
export class OperatorConfigError extends Error {
  override readonly name = 'OperatorConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(
      `the operator's environment cannot be used:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`,
    );
    this.mistakes = mistakes;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads KUBECONFIG and REPRISE_*; throws {@link OperatorConfigError} with every mistake. */
export function parseOperatorConfig(variables: Environment): OperatorConfig {
  const read = new Reader(variables);
  const config: OperatorConfig = {
    kubeconfig: read.text('KUBECONFIG'),
    namespace: read.matching('REPRISE_NAMESPACE', {
      pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
      wanted: "the operator's namespace (downward API, fieldPath metadata.namespace)",
    }),
    agentImage: {
      image: read.matching('REPRISE_AGENT_IMAGE', {
        pattern: /^\S+$/,
        wanted: 'the image that holds the agents, such as registry.example/reprise:0.1.0',
      }),
      pullPolicy: read.oneOf('REPRISE_AGENT_IMAGE_PULL_POLICY', pullPolicies, 'IfNotPresent'),
    },
    metricsPort: read.whole('REPRISE_METRICS_PORT', { least: 0, most: 65_535, otherwise: 9090 }),
    workers: read.whole('REPRISE_WORKERS', { least: 1, most: 64, otherwise: 4 }),
    logLevel: read.oneOf('REPRISE_LOG_LEVEL', logLevels, 'info'),
    retention: retentionFlags(read),
    sweep: sweepConfig(read),
    statusWritesPerSecond: read.whole('REPRISE_STATUS_WRITES_PER_SECOND', {
      least: 1,
      most: 1000,
      otherwise: 10,
    }),
    leaderElection: readLeaderElection(read),
  };
  if (read.mistakes.length > 0) throw new OperatorConfigError(read.mistakes);
  return config;
}

const retentionFlags = (read: Reader): OperatorFlags => ({
  graceSeconds: read.whole('REPRISE_RETENTION_GRACE_SECONDS', {
    least: 0,
    most: 30 * 86_400,
    otherwise: defaultFlags.graceSeconds,
  }),
  approveAbove: {
    percent: read.whole('REPRISE_APPROVE_ABOVE_PERCENT', {
      least: 0,
      most: 100,
      otherwise: defaultFlags.approveAbove.percent,
    }),
    checkpoints: read.whole('REPRISE_APPROVE_ABOVE_CHECKPOINTS', {
      least: 0,
      most: 100_000,
      otherwise: defaultFlags.approveAbove.checkpoints,
    }),
  },
});

const sweepConfig = (read: Reader): SweepConfig => ({
  intervalSeconds: read.whole('REPRISE_SWEEP_INTERVAL_SECONDS', {
    least: 10,
    most: 7 * 86_400,
    otherwise: 3600,
  }),
  abortUploadsAfterSeconds: read.whole('REPRISE_ABORT_UPLOADS_AFTER_SECONDS', {
    least: 3600,
    most: 365 * 86_400,
    otherwise: 172_800,
  }),
});

function readLeaderElection(read: Reader): LeaderElectionConfig {
  const election = {
    enabled: read.oneOf('REPRISE_LEADER_ELECTION', ['true', 'false'], 'true') === 'true',
    podName: read.text('REPRISE_POD_NAME'),
    durationSeconds: read.whole(leaseNames.duration, { least: 2, most: 3600, otherwise: 15 }),
    renewDeadlineSeconds: read.whole(leaseNames.deadline, { least: 1, most: 3600, otherwise: 10 }),
    retryPeriodSeconds: read.whole(leaseNames.retry, { least: 1, most: 600, otherwise: 2 }),
  };
  const { durationSeconds, renewDeadlineSeconds, retryPeriodSeconds } = election;
  if (renewDeadlineSeconds >= durationSeconds)
    read.mistakes.push(
      `${leaseNames.deadline} (${renewDeadlineSeconds}) must be less than ${leaseNames.duration} (${durationSeconds}): a leader must stop before another may begin`,
    );
  if (renewDeadlineSeconds < 2 * retryPeriodSeconds)
    read.mistakes.push(
      `${leaseNames.retry} (${retryPeriodSeconds}) must be at most half of ${leaseNames.deadline} (${renewDeadlineSeconds}): one renewal that fails must not end leadership`,
    );
  return election;
}

const leaseNames = {
  duration: 'REPRISE_LEASE_DURATION_SECONDS',
  deadline: 'REPRISE_LEASE_RENEW_DEADLINE_SECONDS',
  retry: 'REPRISE_LEASE_RETRY_PERIOD_SECONDS',
};

interface Range {
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
}

/** Reads variables and gathers what is wrong with them; what it returns after a mistake is only a stopgap. */
class Reader {
  readonly mistakes: string[] = [];
  readonly #variables: Environment;

  constructor(variables: Environment) {
    this.#variables = variables;
  }

  /** Undefined when it is not set or empty, as templates leave it. */
  text(name: string): string | undefined {
    const value = this.#variables[name]?.trim();
    return value === '' ? undefined : value;
  }

  matching(name: string, { pattern, wanted }: { readonly pattern: RegExp; readonly wanted: string }): string {
    const value = this.text(name);
    if (value === undefined) this.mistakes.push(`${name} is not set: set it to ${wanted}`);
    else if (!pattern.test(value)) this.#wrong(name, wanted);
    return value ?? '';
  }

  oneOf<T extends string>(name: string, words: readonly T[], otherwise: T): T {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const word = words.find((known) => known === value);
    if (word === undefined) this.#wrong(name, `one of ${words.join(', ')}`);
    return word ?? otherwise;
  }

  whole(name: string, { least, most, otherwise }: Range): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.#wrong(name, `a whole number from ${least} to ${most}`);
    return otherwise;
  }

  #wrong(name: string, wanted: string): void {
    this.mistakes.push(`${name} is "${this.text(name)}": set it to ${wanted}`);
  }
}
