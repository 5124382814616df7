// The inventory of a store as a file: runs with their attempts and checkpoints, so that retention can be planned without the cluster
// and the bucket. `kubectl reprise inventory` writes it, `plan --inventory` reads it; people may write one by hand.
import { z } from 'zod';
import { momentWords, parseMoment } from '../domain/moment.ts';
import { operatorFlags } from './operator-flags.ts';
import { phases } from './run-status.ts';
import { policySpec } from './policy-spec.ts';
import { retention } from './retention-spec.ts';

const mostUpdates = 999_999_999_999_999;
const update = z.int().min(0).max(mostUpdates);
const attemptNumber = z.int().min(1).max(999_999_999);
const name = z.string().min(1).max(253);
const labels = z.record(z.string(), z.string());

/** Written as text, read as an instant. */
const moment = z.string().transform((text, context) => {
  const at = parseMoment(text);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: `must be ${momentWords}` });
  return z.NEVER;
});

/** A checkpoint's attempt: by its number, and where several pods tried under one number, by its pod. */
const ofAttempt = { attempt: attemptNumber, pod: name.exactOptional() };

const attempt = z.object({
  number: attemptNumber,
  pod: name.exactOptional(),
  /** When its attempt.json was written; absent: when its first checkpoint was saved. */
  openedAt: moment.exactOptional(),
  /** false: it has no attempt.json. */
  opened: z.boolean().exactOptional(),
  /** Absent: from scratch. */
  resumedFrom: z.object({ ...ofAttempt, update }).exactOptional(),
});

const kind = z.enum(['Last', 'Step']);

const checkpoint = z.object({
  ...ofAttempt,
  kind,
  update,
  sizeBytes: z.int().min(0),
  savedAt: moment,
  /** A pin without an end names its update. */
  pinned: z.boolean().exactOptional(),
  /** A restore could not use it. */
  foundBad: z.boolean().exactOptional(),
});

const pin = z.object({
  update,
  /** 0, or absent: the lineage's. */
  attempt: z.int().min(0).max(999_999_999).exactOptional(),
  until: moment.exactOptional(),
  reason: z.string().exactOptional(),
});

const run = z.object({
  namespace: name,
  run: name,
  /** Queued is what other schedulers call Pending; Gone goes with `gone`. */
  phase: z.enum([...phases, 'Queued', 'Gone']),
  labels: labels.exactOptional(),
  namespaceLabels: labels.exactOptional(),
  retention: retention.exactOptional(),
  attempts: z.array(attempt),
  checkpoints: z.array(checkpoint),
  pins: z.array(pin).exactOptional(),
  /** The newest attempt, while it may still be choosing what to start from. */
  startingAttempt: attemptNumber.exactOptional(),
  /** What a pending rollback goes back to. */
  rollbackTargets: z.array(z.object({ ...ofAttempt, kind, update })).exactOptional(),
  /** Runs that wait to be initialised from it: an update each, or its newest. */
  dependents: z.array(z.object({ update: update.exactOptional() })).exactOptional(),
  /** Why nothing of it may be deleted. */
  stopped: z.string().min(1).exactOptional(),
  /** The run is no more: since when the store has known so (absent: not yet), and whether it said deletionPolicy Retain. */
  gone: z.object({ since: moment.exactOptional(), retained: z.boolean().default(true) }).exactOptional(),
});

const policy = z.object({ name, spec: policySpec });

/** The whole file. */
export const inventory = z.object({
  runs: z.array(run),
  /** CheckpointRetentionPolicies that were in force. */
  policies: z.array(policy).exactOptional(),
  /** How the operator was set; absent: as it comes. */
  operator: operatorFlags.exactOptional(),
  /** For whose capacity something was being taken, by name: it goes on down to the low share. */
  evicting: z.array(name).exactOptional(),
  /** What a GiB costs in a month. */
  pricePerGiBMonth: z.number().min(0).exactOptional(),
});

export type Inventory = z.output<typeof inventory>;
export type InventoryRun = Inventory['runs'][number];
