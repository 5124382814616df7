// What sync knows: the files it sees, what they hold, what the bucket has, what troubles it. The one mutable thing of sync;
// it decides nothing and does no I/O.
import { parseCheckpointFile } from '../../domain/agent/checkpoint-files.ts';
import { isSameShipment, isSent, newestSent, type Sent, type Shipment } from '../../domain/agent/outbox.ts';
import {
  findVanished,
  isSameLook,
  look,
  type Look,
  type Sighting,
  type Sightings,
} from '../../domain/agent/sightings.ts';
import type { Bytes, Update } from '../../domain/units.ts';
import type { FileFacts, ReadableFile } from '../../ports/disk.ts';
import type { Flaw, Judgement, Training } from '../judgement.ts';

/** A file that is written to its end and holds what the trainer resumes from. */
export interface Finished extends Shipment {
  readonly name: string;
  readonly look: Look;
}

/** An unsent Step file that is held open: when it is removed by somebody else, its bytes live on until it is let go. */
export interface Gripped extends Finished {
  readonly file: ReadableFile;
}

/** A file that does not. */
export interface Flawed extends Flaw {
  readonly name: string;
  readonly since: number;
}

/** A proven checkpoint, ready to be sent: a snapshot of ours, or the trainer's own file once nobody writes it any more. */
export interface Parcel extends Shipment {
  readonly name: string;
  readonly path: string;
  readonly isSnapshot: boolean;
  readonly sizeBytes: Bytes;
  readonly crc32: number;
  readonly training: Training;
  /** Open, of a file that is gone from the directory. */
  readonly file?: ReadableFile;
  /** Monotonic milliseconds at which it was made ready. */
  readonly packedAt: number;
}

/** An upload whose parts the store keeps. */
export interface Unfinished extends Shipment {
  readonly sizeBytes: Bytes;
  readonly crc32: number;
  readonly uploadId: string;
}

/** Why nothing reaches the store at present. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  /** Monotonic milliseconds of the first failure in a row. */
  readonly since: number;
  readonly failures: number;
  /** Monotonic milliseconds from which the next try may be made. */
  readonly retryAt: number;
}

/** Files given up or taken from us, for people and for end.json. */
export interface Lost {
  readonly file: string;
  readonly reason: string;
}

interface Judged {
  readonly look: Look;
  readonly judgement: Judgement;
}

export class SyncLedger {
  sightings: Sightings = new Map();
  /** What this attempt has in the bucket; undefined until the bucket was listed. */
  sent: Sent | undefined;
  uploads = 0;
  /** The file being made ready or sent. */
  underWay: (Shipment & { readonly name: string }) | undefined;
  uploading: { readonly parcel: Parcel; readonly pace: number | undefined; sentBytes: Bytes } | undefined;
  /** The snapshot that is not sent yet. */
  held: Parcel | undefined;
  /** The trainer's own file as it was proven last, and how it looked then: a retry need not read it again. */
  proven: { readonly parcel: Parcel; readonly look: Look } | undefined;
  unfinished: readonly Unfinished[] = [];
  /** The unsent Step files that are held open, by name. */
  readonly grip = new Map<string, Gripped>();
  /** False once the store refused to copy inside. */
  copies = true;
  /** A file whose snapshot came to nothing, and the monotonic milliseconds from which the next may be taken. */
  fruitless: { readonly name: string; readonly until: number } | undefined;
  trouble: Trouble | undefined;
  /** Monotonic milliseconds from which the next Last may be sent. */
  lastDueAt = Number.NEGATIVE_INFINITY;
  flushing = false;
  /** True once kubelet said that it ends the pod, which it does before the trainer is told. */
  podWasEnding = false;
  /** Monotonic milliseconds at which uploads must stop; for ever while the trainer lives. */
  sendUntil = Number.POSITIVE_INFINITY;
  freeBytes = Number.POSITIVE_INFINITY;
  /** Why nothing can be written to the scratch volume. */
  unwritable: string | undefined;
  /** Why it cannot be looked at. */
  unreadable: string | undefined;
  lastUpdateSeen: Update | undefined;
  plannedUpdates: Update | undefined;
  /** Step files that vanished though sync did not remove them. */
  readonly vanished: string[] = [];
  readonly dropped: Lost[] = [];
  /** Kinds of checkpoint carried without a proof of their bytes. */
  readonly unverifiable = new Set<string>();
  readonly #judged = new Map<string, Judged>();
  readonly #removed = new Set<string>();
  readonly #writings = new Set<string>();

  /** Takes in one look at the directory. */
  see(found: readonly FileFacts[], now: number): void {
    const after = look(this.sightings, found, now);
    this.vanished.push(...findVanished(this.sightings, after, this.#removed));
    this.sightings = after;
    for (const name of this.#judged.keys()) if (!after.has(name)) this.#judged.delete(name);
  }

  /** True when this very writing of the file was judged. */
  isJudged({ name, look }: Sighting): boolean {
    const judged = this.#judged.get(name);
    return judged !== undefined && isSameLook(judged.look, look);
  }

  judge({ name, look }: Pick<Sighting, 'name' | 'look'>, judgement: Judgement): void {
    const before = this.#judged.get(name);
    this.#judged.set(name, { look, judgement });
    if (judgement.kind !== 'Resumable') {
      if (before?.judgement.kind === 'Resumable' && isSameLook(before.look, look))
        this.#writings.delete(writingOf(name, before.judgement.training.update));
      return;
    }
    const { update, plannedUpdates } = judgement.training;
    if (this.lastUpdateSeen === undefined || update >= this.lastUpdateSeen) {
      this.lastUpdateSeen = update;
      this.plannedUpdates = plannedUpdates;
    }
    this.#writings.add(writingOf(name, update));
  }

  /** Takes in what the bucket already has of this attempt, before a restart of this container. */
  learnSent(sent: Sent): void {
    this.sent = sent;
    this.uploads = sent.length;
    for (const { kind, update } of sent) this.#writings.add(`${kind} ${update}`);
    const newest = newestSent(sent);
    if (newest !== undefined && newest > (this.lastUpdateSeen ?? -1)) this.lastUpdateSeen = newest;
  }

  confirm(shipment: Shipment): void {
    this.sent = [...(this.sent ?? []), { kind: shipment.kind, update: shipment.update }];
    this.uploads += 1;
  }

  noteUpload(upload: Unfinished): void {
    this.forgetUpload(upload);
    this.unfinished = [...this.unfinished, upload];
  }

  forgetUpload(shipment: Shipment): void {
    this.unfinished = this.unfinished.filter((upload) => !isSameShipment(upload, shipment));
  }

  noteRemoved(name: string): void {
    this.#removed.add(name);
  }

  /** The finished files as they lie on the disk. */
  finished(): readonly Finished[] {
    return [...this.sightings.values()].flatMap((sighting) => {
      const judgement = this.#judgementOf(sighting);
      if (judgement?.kind !== 'Resumable') return [];
      const { name, file, look } = sighting;
      return [{ name, look, kind: file.kind, update: judgement.training.update }];
    });
  }

  /** Step files held open that somebody else removed before they were sent. */
  orphans(): readonly Gripped[] {
    return [...this.grip.values()].filter(
      ({ name, look: { inode } }) =>
        this.sightings.get(name)?.look.inode !== inode && !this.#removed.has(name),
    );
  }

  /**
   * Whatever could be sent: the snapshot kept of a file that may have been overwritten since, the finished files, and
   * those that are only held open any more.
   */
  candidates(): readonly (Finished | Parcel)[] {
    const { held } = this;
    const files = [...this.finished(), ...this.orphans()];
    return held === undefined ? files : [held, ...files];
  }

  /** The candidate the store already has parts of: it is done with less than anything newer. */
  interruptedOf<S extends Shipment>(candidates: readonly S[]): S | undefined {
    return candidates.find(
      (candidate) =>
        !isSent(this.sent ?? [], candidate) &&
        this.unfinished.some((upload) => isSameShipment(upload, candidate)),
    );
  }

  /** The files at rest that are no checkpoints. */
  flawed(): readonly Flawed[] {
    return [...this.sightings.values()].flatMap((sighting) => {
      const judgement = this.#judgementOf(sighting);
      if (judgement === undefined || judgement.kind === 'Resumable') return [];
      return [{ name: sighting.name, since: sighting.since, ...judgement }];
    });
  }

  /** How many files the trainer was seen to write, torn ones included. */
  filesSeen(): number {
    return this.#writings.size + this.flawed().length;
  }

  /** The size of a checkpoint of this run; 0 while none was seen. */
  checkpointBytes(): Bytes {
    return Math.max(0, ...[...this.sightings.values()].map(({ look }) => look.sizeBytes));
  }

  #judgementOf(sighting: Sighting): Judgement | undefined {
    return this.isJudged(sighting) ? this.#judged.get(sighting.name)?.judgement : undefined;
  }
}

const writingOf = (name: string, update: Update): string =>
  `${parseCheckpointFile(name)?.kind ?? name} ${update}`;
