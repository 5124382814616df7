// Builds Reprise's programs and keeps a copy in the cluster's directory: what a cluster runs does not change under it when somebody
// edits or builds the checkout.
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process/command.ts';
import { checkout } from '../workspace.ts';

const isShipped = (name: string): boolean => name.endsWith('.mjs') || name.endsWith('.LEGAL.txt');

const copyDirectory = (clusterDirectory: string): string => join(clusterDirectory, 'reprise');

/** Builds the programs that src/ has an entry file for, once per cluster. @throws with the bundler's output */
export async function buildBundles(clusterDirectory: string): Promise<void> {
  const target = copyDirectory(clusterDirectory);
  const written = ['agent', 'operator'].some((program) => existsSync(join(checkout, 'src', `${program}.ts`)));
  if (existsSync(target) || !written) return;
  await run(process.execPath, ['scripts/build.ts'], { cwd: checkout });
  const dist = join(checkout, 'dist');
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(dist).filter(isShipped)) copyFileSync(join(dist, name), join(target, name));
}

/** The files of the built programs in the cluster's directory; none when nothing was built. */
export function bundleFiles(clusterDirectory: string): readonly string[] {
  const target = copyDirectory(clusterDirectory);
  return existsSync(target) ? readdirSync(target).map((name) => join(target, name)) : [];
}

/** The path of a built program, such as `operator`; undefined when it was not built. */
export function bundle(clusterDirectory: string, program: string): string | undefined {
  return bundleFiles(clusterDirectory).find((file) => file.endsWith(`/${program}.mjs`));
}
