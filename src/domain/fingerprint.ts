// A short name for a value: equal values, whatever the order of their keys, have equal fingerprints. Not a secret's keeper:
// it tells changed from unchanged, nothing more.

/** 16 hex digits: FNV-1a (64 bit) over the value's canonical JSON. */
export function fingerprintOf(value: unknown): string {
  const prime = 0x100000001b3n;
  let hash = 0xcbf29ce484222325n;
  for (const unit of canonical(value)) {
    hash ^= BigInt(unit.codePointAt(0) ?? 0);
    hash = BigInt.asUintN(64, hash * prime);
  }
  return hash.toString(16).padStart(16, '0');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}
