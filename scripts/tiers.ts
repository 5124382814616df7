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
  /** one file at a time, every test named as it ends: the tier shares one cluster */
  readonly serial: boolean;
  /** what starts before its first file and ends after its last */
  readonly setup?: string;
}

export const tiers: readonly Tier[] = [
  {
    name: 'unit',
    rooms: ['domain', 'checkpoint', 'api', 'wire', 'workload', 'ports', 'config', 'observation', 'support'],
    timeoutSeconds: 10,
    limitSeconds: 300,
    serial: false,
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
    limitSeconds: 600,
    serial: false,
  },
  { name: 'contract', rooms: ['contract'], timeoutSeconds: 60, limitSeconds: 900, serial: false },
  { name: 'gates', rooms: ['gates'], timeoutSeconds: 120, limitSeconds: 300, serial: false },
  { name: 'cluster', rooms: ['cluster'], timeoutSeconds: 300, limitSeconds: 1800, serial: true },
  { name: 'nodes', rooms: ['nodes'], timeoutSeconds: 300, limitSeconds: 1800, serial: true },
  {
    name: 'e2e',
    rooms: ['e2e'],
    timeoutSeconds: 1800,
    limitSeconds: 3600,
    serial: true,
    setup: 'test/support/e2e/global-setup.ts',
  },
];
