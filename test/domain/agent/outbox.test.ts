// What is sent next, what gives way, what may be freed, and what the end says.
import { array, assert, boolean, constantFrom, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conclude, type FlawedFile } from '../../../src/domain/agent/conclusion.ts';
import {
  chooseNext,
  isSent,
  newestSent,
  shouldGiveWay,
  type Shipment,
} from '../../../src/domain/agent/outbox.ts';
import { isDiskShort, planFreeing } from '../../../src/domain/agent/scratch-space.ts';

const last = (update: number): Shipment => ({ kind: 'Last', update });
const step = (update: number): Shipment => ({ kind: 'Step', update });
const named = (update: number) => ({ name: `model_${update}.pt`, update });
const finished = (shipped: Shipment) => ({
  ...shipped,
  name: shipped.kind === 'Last' ? 'model_last.pt' : `model_${shipped.update}.pt`,
});
const flaw = (name: string, kind: FlawedFile['kind']): FlawedFile => ({ name, kind, reason: 'because' });
const shipment = record({ kind: constantFrom('Last' as const, 'Step' as const), update: nat({ max: 9 }) });

describe('the next shipment', () => {
  test.each([
    { name: 'nothing when nothing is there', have: [], sent: [], isLastDue: true, want: undefined },
    {
      name: 'the newest first',
      have: [step(10), last(30), step(20)],
      sent: [],
      isLastDue: true,
      want: last(30),
    },
    {
      name: 'a Step while no Last is due',
      have: [step(10), last(30)],
      sent: [],
      isLastDue: false,
      want: step(10),
    },
    {
      name: 'nothing while only a Last waits',
      have: [last(30)],
      sent: [],
      isLastDue: false,
      want: undefined,
    },
    {
      name: 'the Last before the Step of one update',
      have: [step(30), last(30)],
      sent: [],
      isLastDue: true,
      want: last(30),
    },
    { name: 'nothing twice', have: [step(30)], sent: [step(30)], isLastDue: true, want: undefined },
    { name: 'each kind of an update', have: [step(30)], sent: [last(30)], isLastDue: true, want: step(30) },
    {
      name: 'an unsaved update before a saved one',
      have: [step(30), step(10)],
      sent: [last(30)],
      isLastDue: true,
      want: step(10),
    },
  ])('$name', ({ have, sent, isLastDue, want }) => {
    expect(chooseNext(have, { sent, isLastDue })).toEqual(want);
  });

  test('sending one after another sends everything once, and the newest state first of all', () => {
    assert(
      property(array(shipment), array(shipment), (have, before) => {
        const sent = [...before];
        const order: Shipment[] = [];
        for (let next = chooseNext(have, { sent, isLastDue: true }); next !== undefined;) {
          order.push(next);
          sent.push(next);
          next = chooseNext(have, { sent, isLastDue: true });
        }
        expect(have.every((candidate) => isSent(sent, candidate))).toBe(true);
        expect(order.every((one) => !isSent(before, one))).toBe(true);
        const unsaved = have.filter(({ update }) => !before.some((done) => done.update === update));
        expect(unsaved.length === 0 || order[0]?.update === newestSent(unsaved)).toBe(true);
      }),
    );
  });

  test('only something newer makes an upload give way', () => {
    expect(shouldGiveWay(step(10), last(11))).toBe(true);
    expect(shouldGiveWay(step(10), last(10))).toBe(false);
    expect(shouldGiveWay(step(10), undefined)).toBe(false);
  });
});

describe('freeing', () => {
  const roomy = { freeBytes: 100, checkpointBytes: 10, isStoreAway: false, hasTwoOwners: false };
  const short = { ...roomy, freeBytes: 12, isStoreAway: true };

  test.each([
    {
      name: 'saved ones go, the newest stays',
      steps: [1, 2, 3],
      sent: [1, 2, 3],
      space: roomy,
      saved: [1, 2],
      dropped: undefined,
    },
    { name: 'unsaved ones stay', steps: [1, 2, 3], sent: [2], space: roomy, saved: [2], dropped: undefined },
    {
      name: 'disk short, store away: the oldest unsaved one goes',
      steps: [1, 2, 3],
      sent: [],
      space: short,
      saved: [],
      dropped: 1,
    },
    {
      name: 'but first the saved ones',
      steps: [1, 2, 3],
      sent: [2],
      space: short,
      saved: [2],
      dropped: undefined,
    },
    { name: 'never the newest', steps: [3], sent: [], space: short, saved: [], dropped: undefined },
    {
      name: 'disk short, store there: nothing unsaved',
      steps: [1, 2],
      sent: [],
      space: { ...short, isStoreAway: false },
      saved: [],
      dropped: undefined,
    },
    {
      name: 'two owners: nothing at all',
      steps: [1, 2, 3],
      sent: [1],
      space: { ...short, hasTwoOwners: true },
      saved: [],
      dropped: undefined,
    },
  ])('$name', ({ steps, sent, space, saved, dropped }) => {
    const plan = planFreeing(steps.map(named), { ...space, sent: sent.map(step) });
    expect(plan.saved.map(({ update }) => update)).toEqual(saved);
    expect(plan.dropped?.update).toBe(dropped);
  });

  test('the newest Step is never removed, and nothing unsaved while the store is there', () => {
    const steps = array(nat({ max: 20 }), { minLength: 1 });
    const space = record({
      freeBytes: nat({ max: 30 }),
      checkpointBytes: nat({ max: 20 }),
      isStoreAway: boolean(),
      hasTwoOwners: boolean(),
    });
    assert(
      property(steps, array(nat({ max: 20 })), space, (updates, sent, room) => {
        const plan = planFreeing([...new Set(updates)].map(named), { ...room, sent: sent.map(step) });
        const removed = [...plan.saved, ...(plan.dropped === undefined ? [] : [plan.dropped])];
        expect(removed.map(({ update }) => update)).not.toContain(Math.max(...updates));
        expect(plan.saved.every(({ update }) => sent.includes(update))).toBe(true);
        expect(plan.dropped === undefined || (room.isStoreAway && isDiskShort(room))).toBe(true);
        expect(removed.length === 0 || !room.hasTwoOwners).toBe(true);
      }),
    );
  });
});

describe('the conclusion', () => {
  test.each([
    { name: 'nothing written', have: [], flawed: [], sent: [], flushed: true, unsent: [] },
    {
      name: 'all sent',
      have: [last(30), step(20)],
      flawed: [],
      sent: [last(30), step(20)],
      flushed: true,
      unsent: [],
    },
    {
      name: 'the newest unsent',
      have: [last(30), step(20)],
      flawed: [],
      sent: [step(20)],
      flushed: false,
      unsent: ['model_last.pt'],
    },
    {
      name: 'the newest sent in the other kind',
      have: [last(30)],
      flawed: [],
      sent: [step(30)],
      flushed: true,
      unsent: ['model_last.pt'],
    },
    {
      name: 'only an older one unsent',
      have: [last(30), step(20)],
      flawed: [],
      sent: [last(30)],
      flushed: true,
      unsent: ['model_20.pt'],
    },
    {
      name: 'a torn last',
      have: [step(20)],
      flawed: [flaw('model_last.pt', 'Torn')],
      sent: [step(20)],
      flushed: true,
      unsent: ['model_last.pt'],
    },
    {
      name: 'an unusable last',
      have: [step(20)],
      flawed: [flaw('model_last.pt', 'Unusable')],
      sent: [step(20)],
      flushed: false,
      unsent: ['model_last.pt'],
    },
    {
      name: 'an unusable Step',
      have: [last(30)],
      flawed: [flaw('model_20.pt', 'Unusable')],
      sent: [last(30)],
      flushed: true,
      unsent: ['model_20.pt'],
    },
  ])('$name', ({ have, flawed, sent, flushed, unsent }) => {
    const end = conclude({ finished: have.map(finished), flawed, sent, whyUnsent: 'too late' });
    expect(end.flushed).toBe(flushed);
    expect(end.unsent.map(({ file }) => file)).toEqual(unsent);
  });
});
