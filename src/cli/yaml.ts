// JSON values as YAML in block style, as people commit it. Whatever could be read as anything but itself is put in double quotes,
// which YAML reads as JSON does.

/** The text, ending in a line feed; `value` is what JSON can say, a field that is undefined is left out. */
export const formatYaml = (value: object): string => `${linesOf(value).join('\n')}\n`;

/** Never a number (an exponent alone is one to some), a word with a meaning (true, null, yes, on, y …), or anything with a sign of YAML's. */
const plainText = /^[A-Za-z/][A-Za-z0-9_./-]*$/;
const words = /^(?:e[-+]?[0-9._]+|true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return plainText.test(value) && !words.test(value) ? value : quoted(value);
}

/** JSON leaves a few signs as they are that YAML does not print. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function linesOf(value: object): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => underDash(item));
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .flatMap(([name, inner]) => underName(scalar(name), inner));
}

function underName(name: string, value: unknown): readonly string[] {
  if (!isTree(value)) return [`${name}: ${leaf(value)}`];
  // as kubectl writes it: the items of a list start below the first letter of its name
  const indent = Array.isArray(value) ? '' : '  ';
  return [`${name}:`, ...linesOf(value).map((line) => indent + line)];
}

function underDash(value: unknown): readonly string[] {
  if (!isTree(value)) return [`- ${leaf(value)}`];
  return linesOf(value).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
}

const leaf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (Array.isArray(value) ? '[]' : '{}') : scalar(value);

/** Something with lines of its own. */
const isTree = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.values(value).some((inner) => inner !== undefined);
