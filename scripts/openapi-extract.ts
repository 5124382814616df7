// Writes scripts/kubernetes/openapi.json: the definitions of Kubernetes' OpenAPI that the CRDs carry, trimmed to the selection.
// Run it when the Kubernetes version moves, against a running API server (`kubectl proxy`), then make generate:
//   node scripts/openapi-extract.ts v1.35.4 http://127.0.0.1:8001/openapi/v3/api/v1     (or a file with the answer)
import { readFile, writeFile } from 'node:fs/promises';
import { buildExtract } from './kubernetes/extract.ts';

const [version, source] = process.argv.slice(2);
if (version === undefined || source === undefined) {
  console.error('usage: node scripts/openapi-extract.ts VERSION FILE-OR-URL');
  process.exit(2);
}
const text = /^https?:/.test(source)
  ? await fetch(source).then((response) => response.text())
  : await readFile(source, 'utf8');
const extract = buildExtract(version, JSON.parse(text).components.schemas);
const file = new URL('kubernetes/openapi.json', import.meta.url);
await writeFile(file, `${JSON.stringify(extract, undefined, 2)}\n`);
console.log(`${Object.keys(extract.definitions).length} definitions of Kubernetes ${version}`);
