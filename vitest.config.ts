// One vitest project for each test tier. A tier alone: `make test TIER=unit`, or `npm run -s test -- --tier unit`.
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { nightlyFactor, tiers, type Tier } from './scripts/tiers.ts';

function project(tier: Tier): TestProjectConfiguration {
  const timeout = tier.timeoutSeconds * 1000 * (process.env['REPRISE_NIGHTLY'] === '1' ? nightlyFactor : 1);
  return {
    test: {
      name: tier.name,
      include: tier.rooms.map((room) => `test/${room}/**/*.test.ts`),
      pool: 'forks',
      globalSetup: tier.setup ?? [],
      setupFiles: tier.fileSetup ?? [],
      fileParallelism: tier.workers > 1,
      maxWorkers: tier.workers,
      testTimeout: timeout,
      hookTimeout: timeout,
      sequence: { groupOrder: tiers.indexOf(tier) },
      unstubEnvs: true,
    },
  };
}

export default defineConfig({
  test: { teardownTimeout: 60_000, projects: tiers.map(project) },
});
