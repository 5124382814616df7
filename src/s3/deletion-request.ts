// One DeleteObjects request: its body written and its answer read as bytes, since a thousand keys in the SDK's XML cost more than all
// the rest. It believes in no deletion that the answer does not confirm, so it never asks for a quiet one.
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import type { DeleteFailure, DeletionTarget } from '../ports/objects.ts';
import type { TryOptions } from './caller.ts';
import type { Bucket } from './connection.ts';
import { LeanAnswer } from './lean-answer.ts';
import { BadAnswerError } from './trouble.ts';
import { textOf, type TextRange, type XmlReader } from './xml.ts';

/** The targets that were not deleted; all others were. */
export type Failures<T> = ReadonlyMap<T, DeleteFailure>;

/** Codes of a target that is not there: that is what was asked for. */
const gone = new Set(['NoSuchKey', 'NoSuchVersion']);

/** How servers say that an object lock keeps a version (AWS and versitygw; MinIO). */
const lockWords = /object lock|WORM/i;

/** Sends one request. @throws the SDK's error, or BadAnswerError for an answer about what was not asked */
export async function sendDeletion<T extends DeletionTarget>(
  bucket: Bucket,
  targets: readonly T[],
  options: TryOptions,
): Promise<Failures<T>> {
  const body = Buffer.from(formatDeletion(targets));
  // the body is put in the place of what the SDK writes, before it is measured, summed up and signed
  const command = new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects: [] } });
  command.middlewareStack.add(
    (next) => (args) => {
      Reflect.set(Object(args.request), 'body', body);
      return next(args);
    },
    { step: 'serialize', priority: 'low', name: 'ownBody' },
  );
  const answer = new LeanAnswer(bucket.answers);
  command.middlewareStack.add(answer.taking, answer.place);
  await bucket.client.send(command, options);
  try {
    const reader = new DeletionReader(answer.bytes, targets);
    answer.read('DeleteResult', reader);
    return reader.failures();
  } finally {
    answer.release();
  }
}

const formatDeletion = (targets: readonly DeletionTarget[]): string =>
  `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${targets.map(formatTarget).join('')}</Delete>`;

const formatTarget = ({ key, etag, versionId }: DeletionTarget): string =>
  `<Object><Key>${escape(key)}</Key>${element('VersionId', versionId)}${element('ETag', etag)}</Object>`;

const element = (name: string, text: string | undefined): string =>
  text === undefined ? '' : `<${name}>${escape(text)}</${name}>`;

// oxlint-disable-next-line no-control-regex -- a key may hold them, and a parser would change or refuse them
const special = /[&<>"\u0000-\u001F\u007F]/g;

const escape = (text: string): string => text.replaceAll(special, (one) => `&#${one.charCodeAt(0)};`);

interface Told {
  key: string;
  versionId: string;
  code: string;
  message: string;
}

class DeletionReader<T extends DeletionTarget> implements XmlReader {
  readonly #bytes: Buffer;
  readonly #targets: readonly T[];
  readonly #open: Set<T>;
  readonly #failures = new Map<T, DeleteFailure>();
  #told: Told = { key: '', versionId: '', code: '', message: '' };
  #byName: Map<string, T> | undefined;
  /** Servers answer in the order of the request as a rule. */
  #next = 0;

  constructor(bytes: Buffer, targets: readonly T[]) {
    this.#bytes = bytes;
    this.#targets = targets;
    this.#open = new Set(targets);
  }

  open(_: string, depth: number): void {
    if (depth === 1) this.#told = { key: '', versionId: '', code: 'Unknown', message: '' };
  }

  text(name: string, depth: number, range: TextRange): void {
    if (depth !== 2) return;
    const told = this.#told;
    if (name === 'Key') told.key = textOf(this.#bytes, range);
    else if (name === 'VersionId') told.versionId = textOf(this.#bytes, range);
    else if (name === 'Code') told.code = textOf(this.#bytes, range);
    else if (name === 'Message') told.message = textOf(this.#bytes, range);
  }

  close(name: string, depth: number): void {
    if (depth !== 1) return;
    const target = this.#find();
    if (name === 'Deleted' && target !== undefined) this.#open.delete(target);
    if (name === 'Error') this.#refuse(target);
  }

  /** What the answer says, and of what it does not mention that it did not. */
  failures(): Failures<T> {
    const message = 'the answer says neither that it was deleted nor why not';
    for (const target of this.#open) this.#failures.set(target, failureOf(target, 'Unconfirmed', message));
    return this.#failures;
  }

  #refuse(target: T | undefined): void {
    const { key, code, message } = this.#told;
    if (target === undefined) throw new BadAnswerError(`an answer about ${key}, which was not asked for`);
    this.#open.delete(target);
    if (!gone.has(code)) this.#failures.set(target, failureOf(target, code, message));
  }

  #find(): T | undefined {
    const { key, versionId } = this.#told;
    const next = this.#targets[this.#next];
    if (next?.key === key && (next.versionId ?? '') === versionId) {
      this.#next += 1;
      return next;
    }
    this.#byName ??= new Map(this.#targets.map((target) => [nameOf(target.key, target.versionId), target]));
    return this.#byName.get(nameOf(key, versionId));
  }
}

const nameOf = (key: string, versionId = ''): string => `${versionId} ${key}`;

function failureOf(target: DeletionTarget, code: string, message: string): DeleteFailure {
  const failure = { ...targetName(target), code, message };
  return lockWords.test(message) ? { ...failure, locked: true } : failure;
}

/** A target as a failure names it. */
export const targetName = ({ key, versionId }: DeletionTarget): Pick<DeleteFailure, 'key' | 'versionId'> =>
  versionId === undefined ? { key } : { key, versionId };
