// The test tiers: one vitest project each, told apart by folder. `make test` runs them in this order; a tier alone:
// `npx vitest run --project unit`. Whatever cannot run on this machine is skipped with a reason, never left out.
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

interface Tier {
  readonly name: string;
  readonly rooms: readonly string[];
  readonly timeoutSeconds: number;
  /** one file at a time: the tier shares one cluster */
  readonly serial?: boolean;
}

const tiers: readonly Tier[] = [
  { name: 'unit', rooms: ['domain', 'checkpoint', 'api', 'wire', 'workload', 'config'], timeoutSeconds: 10 },
  { name: 'simulation', rooms: ['simulation'], timeoutSeconds: 120 },
  {
    name: 'component',
    rooms: ['operator', 'agent', 'cli', 'kube', 's3', 'disk', 'http', 'ops', 'trainer', 'dev', 'scripts'],
    timeoutSeconds: 30,
  },
  { name: 'contract', rooms: ['contract'], timeoutSeconds: 60 },
  { name: 'gates', rooms: ['gates'], timeoutSeconds: 60 },
  { name: 'cluster', rooms: ['cluster'], timeoutSeconds: 300, serial: true },
  { name: 'e2e', rooms: ['e2e'], timeoutSeconds: 900, serial: true },
];

function project(tier: Tier): TestProjectConfiguration {
  const timeout = tier.timeoutSeconds * 1000;
  return {
    test: {
      name: tier.name,
      include: tier.rooms.map((room) => `test/${room}/**/*.test.ts`),
      pool: 'forks',
      fileParallelism: tier.serial !== true,
      testTimeout: timeout,
      hookTimeout: timeout,
      sequence: { groupOrder: tiers.indexOf(tier) },
      unstubEnvs: true,
    },
  };
}

export default defineConfig({
  test: { maxWorkers: 2, teardownTimeout: 60_000, projects: tiers.map(project) },
});
