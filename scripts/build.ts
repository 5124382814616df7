// `make build`: bundles each program of src/ (its entry file) into one file of dist/, for the image and for npm. Names survive,
// so that stack traces read well; the source map lies beside the bundle.
import { globSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';

// Some dependencies are CommonJS and call require() at run time, which an ES module does not have.
const requireForCommonJs =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

// client-node's package.json does not say that loading its thousand generated classes does nothing by itself, so they would all be
// bundled and loaded: of the operator's memory, that is a third.
const generatedWithoutEffects: Plugin = {
  name: 'generated-without-effects',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\// }, async ({ path, ...from }) => {
      const isGenerated = from.importer.includes('/@kubernetes/client-node/');
      if (!isGenerated || from.pluginData === generatedWithoutEffects.name) return undefined;
      const resolved = await build.resolve(path, { ...from, pluginData: generatedWithoutEffects.name });
      return { ...resolved, sideEffects: false };
    });
  },
};

// An import of node:http touches every name it exports, and one of them loads Node's own undici, which nothing here uses: 2 MB of
// an agent's memory. A require takes only what is asked for.
const httpWithoutUndici: Plugin = {
  name: 'http-without-undici',
  setup(build) {
    build.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'node:http', namespace: httpWithoutUndici.name } : undefined,
    );
    build.onLoad({ filter: /./, namespace: httpWithoutUndici.name }, ({ path }) => ({
      contents: `module.exports = require('${path}');`,
    }));
  },
};

// A program that loads another one (agent.ts, once it listens for signals) finds it as a bundle of its own beside it.
const programsApart: Plugin = {
  name: 'programs-apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ kind, path, importer }) => {
      const isProgram = kind === 'dynamic-import' && basename(dirname(importer)) === 'src';
      return isProgram ? { path: path.replace(/\.ts$/, '.mjs'), external: true } : undefined;
    });
  },
};

const out = 'dist';
const entryPoints = globSync('src/*.ts').toSorted();
if (entryPoints.length === 0) {
  console.error('nothing to build: src/ has no entry file (src/operator.ts, src/agent.ts, …)');
  process.exit(1);
}

const started = performance.now();
rmSync(out, { recursive: true, force: true });
const result = await bundle({
  entryPoints,
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  banner: { js: requireForCommonJs },
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  metafile: true,
  plugins: [generatedWithoutEffects, httpWithoutUndici, programsApart],
  logLevel: 'warning',
});
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (path.endsWith('.mjs')) console.log(`${out}/${basename(path)}  ${Math.round(output.bytes / 1024)} KiB`);
}
console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
