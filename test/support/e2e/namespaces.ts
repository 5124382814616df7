// The namespaces of the e2e tests: one each, made before the first test, since the agents' S3 account is limited to them.

/** Every test's namespace. */
export const namespaces = [
  'fresh',
  'isolated',
  'drained',
  'deleted-pod',
  'evicted',
  'crashing',
  'torn-save',
  'killed-operator',
  'killed-parts',
  'store-away',
  'adopted',
  'planted',
  'suspended',
  'rolled-back',
  'started-anew',
  'warm',
  'no-store',
  'not-allowed',
  'no-image',
  'no-gpu',
  'nothing-saved',
] as const;

export type TestNamespace = (typeof namespaces)[number];
