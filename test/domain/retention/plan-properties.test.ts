// Retention over random buckets: equal to the naive evaluator, reason by reason, and never what must not be.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRetention, type Ruling } from '../../../src/domain/retention/plan.ts';
import { storeTime } from '../../support/bucket-facts.ts';
import { naiveQuestions } from '../../support/bucket-tales.ts';
import { runs } from '../../support/counts.ts';
import { type NaiveQuestion, ruleNaively } from '../../support/naive-retention.ts';
import {
  asked,
  beyond,
  condemned,
  condemnedOf,
  isCondemned,
  rulingsOf,
  told,
} from '../../support/planned-tales.ts';
import { lineageOf, nameOf } from '../../support/tale-checkpoints.ts';

const assertAll = (property: (question: NaiveQuestion) => void, full = 50_000): void =>
  fc.assert(fc.property(naiveQuestions, property), { numRuns: runs(400, full) });

test("every ruling is the naive evaluator's, with all of its reasons, and there is one on everything", () => {
  assertAll((question) => {
    const rulings = rulingsOf(asked(question)).map((ruling) => ({
      name: told(ruling),
      verdict: ruling.verdict,
      reasons: ruling.reasons.toSorted(),
    }));
    expect(rulings.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(ruleNaively(question));
    expect(rulings.every(({ reasons }) => reasons.length > 0)).toBe(true);
  });
});

test('the resume point stays, one before it until Succeeded, and the pins', () => {
  assertAll((question) => {
    const gone = new Set(condemnedOf(question));
    const all = lineageOf(question.tales);
    const left = all.filter((one) => !gone.has(nameOf(one)));
    expect(left[0]).toEqual(all[0]);
    const before = all.find(({ update }) => update < (all[0]?.update ?? 0));
    const hasBad = question.tales.some(({ skipped = [] }) => skipped.length > 0);
    expect(hasBad || question.succeeded || before === undefined || left.includes(before)).toBe(true);
    const pinned = question.pins.filter(({ attempt, endsIn = 1 }) => attempt > 0 && endsIn > 0);
    expect([...gone].filter((name) => pinned.some((pin) => isPinOf(pin, name)))).toEqual([]);
  });
});

const isPinOf = (
  { attempt, update }: { readonly attempt: number; readonly update: number },
  name: string,
): boolean => ['Last', 'Step'].some((kind) => name === `${attempt}:${kind}@${update}`);

test('the newest Steps and the young ones of a floor stay, whatever the ceilings', () => {
  assertAll((question) => {
    const { floor } = question;
    const gone = new Set(condemnedOf(question));
    const rulings = rulingsOf(asked(question));
    const good = rulings
      .filter(({ checkpoint, reasons }) => checkpoint.kind === 'Step' && !reasons.includes('FoundBad'))
      .filter(({ reasons }) => !reasons.includes('Abandoned'));
    expect(good.slice(0, floor.keepNewest ?? 0).filter((ruling) => gone.has(told(ruling)))).toEqual([]);
    const young = storeTime - (floor.minAgeSeconds ?? 0) * 1000;
    const tooYoung = rulings.filter(
      ({ checkpoint }) => checkpoint.kind === 'Step' && checkpoint.savedAt > young,
    );
    expect(tooYoung.filter((ruling) => gone.has(told(ruling)))).toEqual([]);
  });
});

test('while nothing is on the lineage, or an attempt starts, nothing goes at all', () => {
  assertAll((question) => {
    const isHeld = question.starting || lineageOf(question.tales).length === 0;
    expect(isHeld ? condemnedOf(question) : []).toEqual([]);
  });
});

test('a limit holds, or whatever may go is gone', () => {
  assertAll((question) => {
    const plan = planRetention(asked(question));
    const rulings = plan.kind === 'Planned' ? plan.rulings : [];
    const left = rulings.filter((ruling) => !isCondemned(ruling));
    const bytes = left.reduce((sum, { checkpoint }) => sum + checkpoint.sizeBytes, 0);
    const limit = Math.min(question.ceiling.maxBytes ?? Infinity, question.rules?.maxBytes ?? Infinity);
    const isOver = bytes > limit || left.length > (question.ceiling.maxCheckpoints ?? Infinity);
    expect(plan.kind === 'Planned' && plan.shortfalls.length > 0).toBe(isOver);
    const steps = left.filter(({ checkpoint }) => checkpoint.kind === 'Step');
    const onLineage = steps.filter(({ reasons }) => !reasons.includes('Abandoned'));
    const mayGo = steps.filter(
      (ruling) => ruling !== onLineage[0] && ruling.verdict === 'Keep' && !isFloored(ruling),
    );
    expect(isOver ? mayGo.map(told) : []).toEqual([]);
  });
});

const isFloored = ({ reasons }: Ruling): boolean =>
  reasons.includes('FloorNewest') || reasons.includes('FloorMinAge');

test('a ceiling never gives anything back that the rules condemn, and takes nothing that is locked or floored', () => {
  assertAll((question) => {
    const rules = question.rules && { ...question.rules, maxBytes: undefined };
    const free = rulingsOf(asked({ ...question, rules, ceiling: {} }));
    const limited = condemnedOf(question);
    expect(beyond(condemned(free), limited)).toEqual([]);
    const held = free.filter((ruling) => ruling.verdict === 'Locked' || isFloored(ruling)).map(told);
    expect(held.filter((name) => limited.includes(name))).toEqual([]);
  });
});
