// What a fake object store holds, and how it changes: objects, old versions, time, and the faults by plan. Requests are its
// subclass's matter.
import { createHash } from 'node:crypto';
import type { Clock } from '../../src/ports/clock.ts';
import {
  type DeleteFailure,
  type DeletionTarget,
  type ObjectMetadata,
  ObjectStoreError,
  type StoreCapabilities,
  type StoreTrouble,
} from '../../src/ports/objects.ts';
import { named } from './fake-bulk-deletion.ts';
import { type FakeObject, FakeUploads } from './fake-uploads.ts';
import { FakeVersions } from './fake-versions.ts';
import { FaultPlan } from './object-store-faults.ts';

const everything: StoreCapabilities = {
  conditionalPut: true,
  conditionalDelete: true,
  conditionalBatchDelete: true,
  fullObjectCrc32: true,
  copyPart: true,
  versioning: false,
};

export class FakeBucket {
  /** What the bucket holds now; write it with {@link seed}, {@link damage} or the port. */
  readonly objects = new Map<string, FakeObject>();
  /** What it keeps besides while `capabilities.versioning` is set. */
  readonly versions = new FakeVersions(this.objects);
  /** What goes wrong: `store.faults.add({ on: 'put', after: 'Unavailable' })`. */
  readonly faults: FaultPlan;
  /** What was sent of uploads that are neither completed nor given up. */
  readonly uploads: FakeUploads;
  capabilities: StoreCapabilities = everything;
  /** What an adapter would be trying again just now. */
  failing: StoreTrouble | undefined;
  /** How far the store's clock is ahead of the programs'. */
  skewMilliseconds = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.uploads = new FakeUploads(clock);
    this.faults = new FaultPlan(clock);
  }

  /** Puts an object there without asking; returns its ETag. */
  seed(key: string, bytes: Uint8Array | string, metadata: ObjectMetadata = {}): string {
    const copy = new Uint8Array(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    const etag = `"${createHash('md5').update(copy).digest('hex')}"`;
    const isVersioned = this.capabilities.versioning;
    if (isVersioned) this.versions.supersede(key);
    this.objects.set(key, { bytes: copy, etag, savedAt: this.#wholeSecond(), metadata });
    if (isVersioned) this.versions.begin(key);
    return etag;
  }

  /** Silent corruption at rest: other bytes under the same ETag, metadata and time. */
  damage(key: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const object = this.existing(key);
    this.objects.set(key, { ...object, bytes: change(new Uint8Array(object.bytes)) });
  }

  /** The keys below a prefix, in order. */
  keys(prefix = ''): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  protected visible(key: string): FakeObject | undefined {
    return this.faults.hides(key) ? undefined : this.objects.get(key);
  }

  protected existing(key: string): FakeObject {
    const object = this.visible(key);
    if (object === undefined) throw new ObjectStoreError('NotFound', `${key}: no such object`);
    return object;
  }

  protected exactly(key: string, etag: string): FakeObject {
    const object = this.existing(key);
    if (object.etag !== etag)
      throw new ObjectStoreError('PreconditionFailed', `${key}: the object has changed`);
    return object;
  }

  /** Deletes as a batch does: an ETag is heeded where the store can, a delete without a version only hides where versions are kept. */
  protected remove(target: DeletionTarget): DeleteFailure | undefined {
    const { key, versionId, etag } = target;
    const code = this.faults.keeps(key);
    if (code !== undefined) return { ...named(target), code, message: `the store keeps ${key}` };
    if (versionId !== undefined) return this.#removeVersion(key, versionId);
    const present = this.objects.get(key);
    const isOther = etag !== undefined && present !== undefined && present.etag !== etag;
    if (isOther && this.capabilities.conditionalBatchDelete)
      return { key, code: 'PreconditionFailed', message: `${key} has another ETag` };
    if (this.capabilities.versioning) this.versions.mark(key, this.#wholeSecond());
    else this.objects.delete(key);
    return undefined;
  }

  #removeVersion(key: string, versionId: string): DeleteFailure | undefined {
    const message = 'Access Denied because object protected by object lock.';
    if (this.faults.locks(key)) return { key, versionId, code: 'AccessDenied', message, locked: true };
    this.versions.remove(key, versionId);
    return undefined;
  }

  protected storeTime(): number {
    return this.#clock.now() + this.skewMilliseconds;
  }

  /** S3 tells whole seconds. */
  #wholeSecond(): number {
    return Math.floor(this.storeTime() / 1000) * 1000;
  }
}
