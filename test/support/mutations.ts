// Changes files as disks, networks and people do: bits flip, bytes are written over, cut out, put in, taken from elsewhere.
import fc from 'fast-check';

/** Part of a file in which changes are wanted. */
export interface Region {
  readonly start: number;
  readonly length: number;
}

/** A file and the parts of it that deserve more changes than the rest. */
export interface Subject {
  readonly bytes: Buffer;
  readonly regions: readonly Region[];
}

interface Mutation {
  readonly kind: 'flip' | 'write' | 'cut' | 'insert' | 'splice';
  /** Chooses a region, and a place in it. */
  readonly region: number;
  readonly place: number;
  readonly bytes: Uint8Array;
  /** Where a splice takes its bytes from: a place in another subject. */
  readonly other: number;
}

const far = 2 ** 31 - 1;

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'flip', 'write', 'write', 'cut', 'insert', 'splice'),
  region: fc.nat(far),
  place: fc.nat(far),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
  other: fc.nat(far),
});

/** A choice among subjects, and changes to it. */
export interface Change {
  readonly subject: number;
  readonly mutations: readonly Mutation[];
}

/** Mostly one change, at most four. */
export const change: fc.Arbitrary<Change> = fc.record({
  subject: fc.nat(far),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 4, size: 'small' }),
});

function pick<T>(items: readonly T[], at: number): T {
  const item = items[at % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

interface Step {
  readonly mutation: Mutation;
  readonly subject: Subject;
  readonly subjects: readonly Subject[];
}

/** The lengths of cuts and splices: some bytes, or many. */
function lengthOf({ bytes, other }: Mutation): number {
  return other % 3 === 0 ? other % 70_000 : bytes.length;
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const out = Buffer.from(bytes);
  if (at < out.length) out[at] = (out[at] ?? 0) ^ (1 << (bit % 8));
  return out;
}

function overwritten(bytes: Buffer, at: number, by: Uint8Array): Buffer {
  const out = Buffer.from(bytes);
  out.set(by.subarray(0, Math.max(0, out.length - at)), Math.min(at, out.length));
  return out;
}

/** Half of the changes lie anywhere, half in a region that deserves it. */
function placeIn({ bytes, regions }: Subject, { region, place }: Mutation): number {
  const { start, length } =
    region % 2 === 0 ? { start: 0, length: bytes.length } : pick(regions, region >> 1);
  return start + (place % length);
}

/** `bytes` is what earlier changes have made of `subject`. */
function mutated(bytes: Buffer, { mutation, subject, subjects }: Step): Buffer {
  const at = Math.min(placeIn(subject, mutation), bytes.length);
  switch (mutation.kind) {
    case 'flip':
      return flipped(bytes, at, mutation.other);
    case 'write':
      return overwritten(bytes, at, mutation.bytes);
    case 'cut':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + lengthOf(mutation))]);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), mutation.bytes, bytes.subarray(at)]);
    case 'splice': {
      const from = pick(subjects, mutation.other).bytes;
      // From the same place of a like file, or from anywhere.
      const start =
        mutation.bytes.length % 2 === 0 ? Math.min(at, from.length) : mutation.other % from.length;
      return overwritten(bytes, at, from.subarray(start, start + lengthOf(mutation)));
    }
  }
}

/** A changed copy of one of the subjects, and which one it was. */
export function applyChange(
  { subject: index, mutations }: Change,
  subjects: readonly Subject[],
): { readonly bytes: Buffer; readonly subject: Subject } {
  const subject = pick(subjects, index);
  const bytes = mutations.reduce<Buffer>(
    (out, mutation) => mutated(out, { mutation, subject, subjects }),
    subject.bytes,
  );
  return { bytes, subject };
}
