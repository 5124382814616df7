// Builds programs of the local cluster from their locked Go modules (dev/tools), with nothing but Go and a module proxy.
import { run } from '../process/command.ts';
import type { Distribution, Tool } from './versions.ts';

const anHour = 3600;

// The user's own flags and workspaces must not change what is built.
const buildEnvironment = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' } as const;

/** Whether a Go toolchain is on PATH. */
export async function hasGo(): Promise<boolean> {
  try {
    await run('go', ['version']);
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds `tools` of one distribution into `directory`, in one go invocation so that they share their packages.
 * @throws with the compiler's output and what to do
 */
export async function buildTools(
  distribution: Distribution,
  tools: readonly Tool[],
  directory: string,
): Promise<void> {
  const packages = tools.flatMap((tool) => distribution.packages[tool] ?? []);
  const args = [
    'build',
    '-mod=readonly',
    '-trimpath',
    '-ldflags',
    distribution.ldflags,
    '-o',
    `${directory}/`,
  ];
  try {
    await run('go', [...args, ...packages], {
      cwd: distribution.module,
      env: buildEnvironment,
      timeoutSeconds: anHour,
    });
  } catch (thrown) {
    const output = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(
      `building ${tools.join(', ')} ${distribution.version} failed:\n${output}\n` +
        `To see it alone: cd ${distribution.module} && CGO_ENABLED=0 go build ${packages.join(' ')}. ` +
        'If modules cannot be fetched, check `go env GOPROXY`.',
      { cause: thrown },
    );
  }
}
