// The test tiers, told apart by the folder under test/ that a file lies in. vitest.config.ts makes one project of each;
// scripts/test.ts runs them in this order.

/** How much longer than in `make test` a test, and a tier, may take with the full counts. */
export const nightlyFactor = 20;

/** One tier of tests. */
export interface Tier {
  readonly name: string;
  /** folders below test/ */
  readonly rooms: readonly string[];
  /** for one test or hook */
  readonly timeoutSeconds: number;
  /** for the whole tier; a tier that takes longer is stopped and counts as failed */
  readonly limitSeconds: number;
  /** files at a time */
  readonly workers: number;
  /** every test is named as it ends: the tier has a cluster, and takes its time */
  readonly named: boolean;
  /** what starts before its first file and ends after its last */
  readonly setup?: string;
  /** what runs before each of its files, in the file's own process */
  readonly fileSetup?: string;
}

export const tiers: readonly Tier[] = [
  {
    name: 'unit',
    rooms: ['domain', 'checkpoint', 'api', 'wire', 'workload', 'ports', 'config', 'observation', 'support'],
    timeoutSeconds: 10,
    limitSeconds: 300,
    workers: 2,
    named: false,
  },
  {
    name: 'component',
    rooms: [
      'operator',
      'agent',
      'cli',
      'kube',
      's3',
      'disk',
      'http',
      'ops',
      'trainer',
      'dev',
      'scripts',
      'bench',
    ],
    timeoutSeconds: 30,
    limitSeconds: 1200,
    workers: 2,
    named: false,
  },
  { name: 'contract', rooms: ['contract'], timeoutSeconds: 60, limitSeconds: 900, workers: 2, named: false },
  { name: 'gates', rooms: ['gates'], timeoutSeconds: 120, limitSeconds: 300, workers: 2, named: false },
  { name: 'cluster', rooms: ['cluster'], timeoutSeconds: 300, limitSeconds: 1800, workers: 1, named: true },
  { name: 'nodes', rooms: ['nodes'], timeoutSeconds: 300, limitSeconds: 1800, workers: 1, named: true },
  {
    name: 'e2e',
    rooms: ['e2e'],
    timeoutSeconds: 3600,
    limitSeconds: 3600,
    // they wait more than they compute
    workers: 5,
    named: true,
    setup: 'test/support/e2e/global-setup.ts',
    fileSetup: 'test/support/e2e/file-setup.ts',
  },
];
