// Writes scripts/kubernetes/openapi.json: the definitions of Kubernetes' OpenAPI that the CRDs carry, trimmed to the selection.
// Run it when the Kubernetes version moves:  node scripts/openapi-extract.ts v1.35.4 SOURCE
// SOURCE is a file or a URL of /openapi/v3/api/v1, for instance through `kubectl proxy`: http://127.0.0.1:8001/openapi/v3/api/v1
import { readFile, writeFile } from 'node:fs/promises';
import { selection, type Selected } from './kubernetes/selection.ts';

interface Definition {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

async function readSource(source: string): Promise<Readonly<Record<string, Definition>>> {
  const text = /^https?:/.test(source)
    ? await fetch(source).then((response) => response.text())
    : await readFile(source, 'utf8');
  return JSON.parse(text).components.schemas;
}

function trim(all: Readonly<Record<string, Definition>>, selected: Selected): Definition {
  const found = all[selected.definition];
  if (found === undefined) throw new Error(`${selected.definition} is not in the source`);
  const properties = selected.fields.map((field) => {
    const property = found.properties?.[field];
    if (property === undefined) throw new Error(`${selected.definition} has no field ${field}`);
    return [field, property] as const;
  });
  const required = (found.required ?? []).filter((field) => selected.fields.includes(field));
  const missing = (found.required ?? []).filter((field) => !selected.fields.includes(field));
  if (missing.length > 0) throw new Error(`${selected.definition} requires ${missing.join(', ')}`);
  return { ...found, properties: Object.fromEntries(properties), required };
}

const [version, source] = process.argv.slice(2);
if (version === undefined || source === undefined) {
  console.error('usage: node scripts/openapi-extract.ts VERSION FILE-OR-URL');
  process.exit(2);
}
const all = await readSource(source);
const definitions = Object.values(selection)
  .flat()
  .map((selected) => [selected.definition, trim(all, selected)] as const);
const extract = { kubernetes: version, definitions: Object.fromEntries(definitions) };
await writeFile(
  new URL('kubernetes/openapi.json', import.meta.url),
  `${JSON.stringify(extract, undefined, 2)}\n`,
);
console.log(`${definitions.length} definitions of Kubernetes ${version}`);
