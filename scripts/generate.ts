// Writes every generated file; with --check writes nothing, names each stale file and exits 1.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { buildZodSources } from './kubernetes/zod-source.ts';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');

async function textOf(file: string): Promise<string | undefined> {
  return readFile(join(root, file), 'utf8').catch(() => undefined);
}

/** Writes a file unless it is as it should be; returns whether it was not. */
async function emit(file: string, content: string): Promise<boolean> {
  if ((await textOf(file)) === content) return false;
  if (check) console.error(`${file} is stale: run make generate and commit it`);
  else {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
    console.log(`wrote ${file}`);
  }
  return true;
}

function format(file: string, source: string): string {
  return execFileSync('oxfmt', [`--stdin-filepath=${file}`], { cwd: root, input: source, encoding: 'utf8' });
}

async function generateKubernetesTypes(): Promise<boolean[]> {
  const extract = JSON.parse((await textOf('scripts/kubernetes/openapi.json')) ?? '{}');
  const stale: boolean[] = [];
  for (const [name, source] of buildZodSources(extract)) {
    const file = `src/api/kubernetes/${name}`;
    stale.push(await emit(file, format(file, source)));
  }
  return stale;
}

async function generateCustomResources(): Promise<boolean[]> {
  // imported only now: it reads the sources written above
  const { buildCustomResourceDefinition, kinds } = await import('./crd/custom-resource.ts');
  const { lintStructuralSchema } = await import('./crd/structural-lint.ts');
  const stale: boolean[] = [];
  for (const kind of kinds) {
    const faults = lintStructuralSchema(kind.schema).map((fault) => `${kind.names.kind}: ${fault}`);
    if (faults.length > 0) throw new Error(`not a schema for a CRD:\n${faults.join('\n')}`);
    const definition = stringify(buildCustomResourceDefinition(kind), {
      lineWidth: 0,
      aliasDuplicateObjects: false,
      // kubectl reads YAML 1.1, in which a bare Off is false
      compat: 'yaml-1.1',
    });
    const head = '# Generated from src/api by npm run generate: do not edit.\n';
    stale.push(await emit(`crds/${kind.names.plural}.yaml`, head + definition));
  }
  return stale;
}

async function generateReference(): Promise<boolean[]> {
  const { buildReference } = await import('./crd/reference.ts');
  return [await emit('docs/api.md', buildReference())];
}

const stale = [
  ...(await generateKubernetesTypes()),
  ...(await generateCustomResources()),
  ...(await generateReference()),
];
if (check && stale.some(Boolean)) process.exitCode = 1;
