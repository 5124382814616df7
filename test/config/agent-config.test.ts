// The agent's configuration: what a good environment means, and that every mistake of a bad one is named at once.
import { describe, expect, test } from 'vitest';
import { AgentConfigError, parseAgentConfig } from '../../src/config/agent-config.ts';
import { type AgentEnvironment, agentEnvironment } from '../../src/wire/agent-environment.ts';

const environment: AgentEnvironment = {
  version: 1,
  run: { namespace: 'voice', name: 'xiaoyi-zh', uid: 'run-uid' },
  attempt: 3,
  store: {
    endpoint: 'http://s3:7070',
    region: 'us-east-1',
    bucket: 'ckpts',
    prefix: 'prod',
    forcePathStyle: true,
    caBundle: null,
  },
  expected: null,
  rollback: null,
  initializeFrom: null,
  predecessor: null,
  checkpointDir: '/reprise/checkpoints',
  modelLastEverySeconds: 300,
  maxBytesPerSecond: null,
  graceSeconds: 1800,
  image: 'f5-tts',
  gpus: 1,
};
const podUid = '9f31c2aa-0c11-4d8e-a1c9-0c0f6d1f2a3b';
const good = { REPRISE_AGENT: agentEnvironment.format(environment), REPRISE_POD_UID: podUid };

function mistakesOf(variables: Record<string, string | undefined>): readonly string[] {
  try {
    parseAgentConfig(variables);
  } catch (cause) {
    if (cause instanceof AgentConfigError) return cause.mistakes;
    throw cause;
  }
  return [];
}

describe('a good environment', () => {
  test('names the attempt, its place in the bucket and no credentials', () => {
    expect(parseAgentConfig(good)).toEqual({
      environment,
      podUid,
      attempt: { number: 3, pod: '9f31c2aa' },
      runPrefix: 'prod/voice/xiaoyi-zh/',
      directory: '/reprise/checkpoints',
      credentials: undefined,
    });
  });

  test('takes credentials as a pair', () => {
    const pair = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    const { credentials } = parseAgentConfig({ ...good, ...pair });
    expect(credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
  });

  test('leaves a pair with a session token to the chain that knows all three', () => {
    const three = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    expect(parseAgentConfig({ ...good, ...three }).credentials).toBeUndefined();
  });

  test('takes another directory, when it is absolute', () => {
    expect(parseAgentConfig(good, '/tmp/x').directory).toBe('/tmp/x');
    expect(() => parseAgentConfig(good, 'x')).toThrow(/absolute path/);
  });
});

describe('a bad environment', () => {
  test.each([
    { name: 'nothing set', set: { REPRISE_AGENT: undefined }, want: [/REPRISE_AGENT is not set/] },
    {
      name: 'not JSON',
      set: { REPRISE_AGENT: '{' },
      want: [/^REPRISE_AGENT is not what .*not JSON\. Run agents and operator of one version$/],
    },
    { name: 'a newer layout', set: { REPRISE_AGENT: '{"version":2}' }, want: [/layout version 2, newer/] },
    { name: 'not a UID', set: { REPRISE_POD_UID: 'x' }, want: [/REPRISE_POD_UID must be/] },
    {
      name: 'half a pair',
      set: { AWS_ACCESS_KEY_ID: 'id' },
      want: [/without AWS_SECRET_ACCESS_KEY: the Secret .* must hold both/],
    },
    { name: 'the other half', set: { AWS_SECRET_ACCESS_KEY: 's' }, want: [/without AWS_ACCESS_KEY_ID/] },
    {
      name: 'everything at once',
      set: { REPRISE_AGENT: '', REPRISE_POD_UID: '', AWS_ACCESS_KEY_ID: 'id' },
      want: [/REPRISE_AGENT/, /REPRISE_POD_UID/, /AWS_SECRET/],
    },
  ])('$name', ({ set, want }) => {
    const mistakes = mistakesOf({ ...good, ...set });
    expect(mistakes).toHaveLength(want.length);
    for (const [at, pattern] of want.entries()) expect(mistakes[at]).toMatch(pattern);
  });

  test('never repeats a value', () => {
    const set = { REPRISE_AGENT: 'hunter2', REPRISE_POD_UID: 'hunter2', AWS_SECRET_ACCESS_KEY: 'hunter2' };
    expect(mistakesOf(set).join()).not.toContain('hunter2');
  });
});
