// What a log may carry: every value whose name or form is that of a credential is replaced, at any depth. When in doubt it hides.

const hidden = '[redacted]';
const depthLimit = 8;
const itemLimit = 200;

/** Names of credentials… */
const credentialName =
  /token|secret|passw|passphrase|authorization|credential|cookie|(access|private|api|signing)[-_]?key|session[-_]?id/i;
/** …and of what only points at one: `secretName`, `tokenFile`. */
const pointerName = /(name|names|namespace|file|path|ref|mode|kind|count|seconds)$/i;

/** Credentials inside a text: bearer and basic tokens, userinfo of a URL, presigned queries, PEM keys, JWTs. */
const credentialTexts: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/-]+=*/gi, `$1 ${hidden}`],
  [/(\w+:\/\/)[^\s/@]+@/g, `$1${hidden}@`],
  [/([?&](?:X-Amz-(?:Signature|Credential|Security-Token)|token|access_token)=)[^&\s"]+/gi, `$1${hidden}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, hidden],
];

/** A text without the credentials in it. */
function redactText(text: string): string {
  return credentialTexts.reduce((left, [form, replacement]) => left.replace(form, replacement), text);
}

/** A value fit for a log line: plain JSON, errors with their causes, credentials replaced. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  return depth >= depthLimit ? '[deep]' : redactObject(value, depth);
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].slice(0, itemLimit).map((item) => redact(item, depth + 1));
  }
  return redactEntries(value, depth);
}

function redactEntries(object: object, depth: number): Record<string, unknown> {
  const isSecret = 'kind' in object && object.kind === 'Secret';
  const entries = Object.entries(object).map(([name, value]: [string, unknown]) => {
    const hide = (isSecret && /^(data|stringData)$/.test(name)) || isCredential(name, value);
    return [name, hide ? hidden : redact(value, depth + 1)] as const;
  });
  return Object.fromEntries(entries);
}

const isCredential = (name: string, value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  typeof value !== 'boolean' &&
  credentialName.test(name) &&
  !pointerName.test(name);

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return {
    ...redactEntries(error, depth),
    type: name,
    message: redactText(message),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
  };
}
