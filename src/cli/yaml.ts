// YAML as people write and commit it, through the package of that name. The program loads this file when a command first asks for it:
// most need none.
import { parseAllDocuments, stringify } from 'yaml';
import { sentenceOf } from './errors.ts';
import type { YamlCodec, YamlReading } from './world.ts';

/** The codec of {@link YamlCodec}. */
export const yaml: YamlCodec = {
  // as kubectl writes it: the items of a list start below the first letter of its name, and nothing is said by an anchor
  format: (value) =>
    stringify(value, { compat: 'yaml-1.1', indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false }),
  read,
};

function read(text: string): YamlReading {
  const documents = [...parseAllDocuments(text, { prettyErrors: false })];
  const wrong = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])[0];
  if (wrong !== undefined) return { why: `${placeOf(text, wrong.pos[0])}: ${wrong.message}` };
  try {
    const values: readonly unknown[] = documents.map((document) => document.toJS());
    return { documents: values.filter((value) => value !== null) };
  } catch (cause) {
    return { why: sentenceOf(cause) };
  }
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}
