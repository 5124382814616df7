#!/usr/bin/env node
// The kubectl plugin: starts the CLI's bundle, or says in plain words why this Node cannot. Written so that any Node can read it.
const oldest = [24, 12];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) {
  await import('../dist/cli.mjs');
} else {
  process.stderr.write(
    `error: kubectl reprise needs Node ${oldest.join('.')} or newer, and this is ${process.versions.node}: put a newer one first on PATH\n`,
  );
  process.exitCode = 1;
}
