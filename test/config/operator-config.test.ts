import { describe, expect, test } from 'vitest';
import { OperatorConfigError, parseOperatorConfig } from '../../src/config/operator-config.ts';

const least = { REPRISE_NAMESPACE: 'reprise-system', REPRISE_AGENT_IMAGE: 'registry.example/reprise:0.1.0' };

const mistakesOf = (variables: Readonly<Record<string, string | undefined>>): readonly string[] => {
  try {
    parseOperatorConfig(variables);
    return [];
  } catch (cause) {
    if (cause instanceof OperatorConfigError) return cause.mistakes;
    throw cause;
  }
};

test('the least that must be set, with the defaults of everything else', () => {
  expect(parseOperatorConfig(least)).toEqual({
    kubeconfig: undefined,
    namespace: 'reprise-system',
    agentImage: { image: 'registry.example/reprise:0.1.0', pullPolicy: 'IfNotPresent' },
    metricsPort: 9090,
    workers: 4,
    logLevel: 'info',
    retention: { graceSeconds: 600, approveAbove: { percent: 50, checkpoints: 20 } },
    sweep: { intervalSeconds: 3600, abortUploadsAfterSeconds: 172_800 },
    statusWritesPerSecond: 10,
    leaderElection: {
      enabled: true,
      podName: undefined,
      durationSeconds: 15,
      renewDeadlineSeconds: 10,
      retryPeriodSeconds: 2,
    },
  });
});

test('everything set', () => {
  const config = parseOperatorConfig({
    ...least,
    KUBECONFIG: '/etc/reprise/kubeconfig',
    REPRISE_AGENT_IMAGE_PULL_POLICY: 'Never',
    REPRISE_METRICS_PORT: '0',
    REPRISE_WORKERS: ' 8\n',
    REPRISE_LOG_LEVEL: 'debug',
    REPRISE_RETENTION_GRACE_SECONDS: '5',
    REPRISE_APPROVE_ABOVE_PERCENT: '30',
    REPRISE_APPROVE_ABOVE_CHECKPOINTS: '7',
    REPRISE_SWEEP_INTERVAL_SECONDS: '60',
    REPRISE_ABORT_UPLOADS_AFTER_SECONDS: '7200',
    REPRISE_STATUS_WRITES_PER_SECOND: '50',
    REPRISE_LEADER_ELECTION: 'false',
    REPRISE_POD_NAME: 'reprise-operator-7c9d-x2x5k',
    REPRISE_LEASE_DURATION_SECONDS: '60',
    REPRISE_LEASE_RENEW_DEADLINE_SECONDS: '40',
    REPRISE_LEASE_RETRY_PERIOD_SECONDS: '5',
  });
  expect(config).toEqual({
    kubeconfig: '/etc/reprise/kubeconfig',
    namespace: 'reprise-system',
    agentImage: { image: 'registry.example/reprise:0.1.0', pullPolicy: 'Never' },
    metricsPort: 0,
    workers: 8,
    logLevel: 'debug',
    retention: { graceSeconds: 5, approveAbove: { percent: 30, checkpoints: 7 } },
    sweep: { intervalSeconds: 60, abortUploadsAfterSeconds: 7200 },
    statusWritesPerSecond: 50,
    leaderElection: {
      enabled: false,
      podName: 'reprise-operator-7c9d-x2x5k',
      durationSeconds: 60,
      renewDeadlineSeconds: 40,
      retryPeriodSeconds: 5,
    },
  });
});

test('an empty variable counts as not set', () => {
  expect(parseOperatorConfig({ ...least, REPRISE_WORKERS: '', KUBECONFIG: '' })).toEqual(
    parseOperatorConfig(least),
  );
});

describe('mistakes', () => {
  test('are all listed at once', () => {
    const variables = { REPRISE_WORKERS: 'many', REPRISE_LOG_LEVEL: 'loud' };
    expect(mistakesOf(variables)).toEqual([
      "REPRISE_NAMESPACE is not set: set it to the operator's namespace (downward API, fieldPath metadata.namespace)",
      'REPRISE_AGENT_IMAGE is not set: set it to the image that holds the agents, such as registry.example/reprise:0.1.0',
      'REPRISE_WORKERS is "many": set it to a whole number from 1 to 64',
      'REPRISE_LOG_LEVEL is "loud": set it to one of debug, info, warn, error',
    ]);
    expect(() => parseOperatorConfig(variables)).toThrow(/REPRISE_WORKERS[^]*REPRISE_LOG_LEVEL/);
  });

  test.each([
    ['REPRISE_NAMESPACE', 'Reprise System'],
    ['REPRISE_AGENT_IMAGE', 'two words'],
    ['REPRISE_AGENT_IMAGE_PULL_POLICY', 'always'],
    ['REPRISE_METRICS_PORT', '65536'],
    ['REPRISE_METRICS_PORT', 'tcp://10.96.0.7:9090'],
    ['REPRISE_WORKERS', '0'],
    ['REPRISE_WORKERS', '2.5'],
    ['REPRISE_WORKERS', '-1'],
    ['REPRISE_LOG_LEVEL', 'trace'],
    ['REPRISE_RETENTION_GRACE_SECONDS', '1e3'],
    ['REPRISE_RETENTION_GRACE_SECONDS', '99999999'],
    ['REPRISE_APPROVE_ABOVE_PERCENT', '101'],
    ['REPRISE_APPROVE_ABOVE_CHECKPOINTS', 'all'],
    ['REPRISE_LEADER_ELECTION', 'off'],
    ['REPRISE_LEASE_DURATION_SECONDS', '1'],
    ['REPRISE_LEASE_RENEW_DEADLINE_SECONDS', '0'],
    ['REPRISE_LEASE_RETRY_PERIOD_SECONDS', '0.5'],
  ])('%s does not take "%s"', (name, value) => {
    expect(mistakesOf({ ...least, [name]: value })).toEqual([
      expect.stringContaining(`${name} is "${value}"`),
    ]);
  });

  test.each([
    { duration: '10', deadline: '10', retry: '2', wrong: ['REPRISE_LEASE_RENEW_DEADLINE_SECONDS (10)'] },
    { duration: '3', deadline: '2', retry: '1', wrong: [] },
    { duration: '15', deadline: '10', retry: '6', wrong: ['REPRISE_LEASE_RETRY_PERIOD_SECONDS (6)'] },
    {
      duration: '5',
      deadline: '10',
      retry: '6',
      wrong: ['REPRISE_LEASE_RENEW_DEADLINE_SECONDS (10)', 'REPRISE_LEASE_RETRY_PERIOD_SECONDS (6)'],
    },
  ])('a Lease of $duration s, renewed every $retry s or lost after $deadline s', (times) => {
    const mistakes = mistakesOf({
      ...least,
      REPRISE_LEASE_DURATION_SECONDS: times.duration,
      REPRISE_LEASE_RENEW_DEADLINE_SECONDS: times.deadline,
      REPRISE_LEASE_RETRY_PERIOD_SECONDS: times.retry,
    });
    expect(mistakes).toEqual(times.wrong.map((start) => expect.stringContaining(start)));
  });
});
