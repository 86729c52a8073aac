import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallRequest } from '../../src/domain/call.ts';
import { codeOf, explainOf } from '../../src/domain/explain.ts';
import { type RecordRef, recordRef, type Versioned } from '../../src/domain/records.ts';
import { CALL_REFUSALS } from '../../src/domain/refusal.ts';
import { cases, settingsFor, worlds } from './arbitrary-call.ts';
import { decide as decideWith, number, refOf } from './world.ts';

const decide = (world: Parameters<typeof decideWith>[0], asked: CallRequest) => decideWith(world, asked, settingsFor(asked));
const RUNS = { numRuns: 1000 };

describe('for any records and any call', () => {
  it('the decision is the same however often it is made', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        expect(decide(world, asked).decision).toEqual(decide(world, asked).decision);
      }),
      { numRuns: 500 },
    );
  });

  it('it stands after a few rounds and never asks twice', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        expect(decide(world, asked).rounds).toBeLessThanOrEqual(20);
      }),
      RUNS,
    );
  });

  it('every refusal has a catalogue code and its status', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        const code = codeOf(decision);
        expect(decision.outcome === 'connect').toBe(code === null);
        if (code !== null) expect(CALL_REFUSALS[code]).toBeDefined();
        if (decision.outcome === 'reject') expect(decision.sipStatus).toBe(CALL_REFUSALS[decision.code].sipStatus);
        expect(explainOf(decision).code).toBe(code);
      }),
      RUNS,
    );
  });

  it('chosen candidates come first, without repeats, and a connected call has one', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        if (!('candidates' in decision)) return;
        const flags = decision.candidates.map(({ chosen }) => chosen);
        expect(flags).toEqual([...flags].sort((a, b) => Number(b) - Number(a)));
        const chosen = decision.candidates
          .filter((candidate) => candidate.chosen)
          .map(({ gatewayId, uri, dialUser }) => `${gatewayId ?? uri} ${dialUser}`);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.length > 0).toBe(decision.outcome === 'connect');
        for (const candidate of decision.candidates) expect(candidate.reason).not.toBe('');
      }),
      RUNS,
    );
  });

  it('the versions name every record that could change it: other records may become anything', () => {
    fc.assert(
      fc.property(cases, worlds, ([world, asked], others) => {
        const { decision } = decide(world, asked);
        const named = new Set(decision.versions.map(({ record }) => record));
        const changed = new Map<RecordRef, Versioned>(others);
        for (const ref of named) {
          const before = world.get(ref);
          if (before === undefined) changed.delete(ref);
          else changed.set(ref, before);
        }
        const again = decide(changed, asked).decision;
        expect(again).toEqual(decision);
      }),
      RUNS,
    );
  });

  it('the versions are those that were read, absent records as 0, each once', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision, consulted } = decide(world, asked);
        const named = decision.versions.map(({ record }) => record);
        expect(new Set(named).size).toBe(named.length);
        for (const { record, version } of decision.versions) {
          expect(consulted.has(record)).toBe(true);
          expect(version).toBe(world.get(record)?.version ?? 0);
        }
      }),
      RUNS,
    );
  });

  it('only a number of the caller, allowed and in use, goes out on a call to a number', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        if (
          decision.outcome !== 'connect' ||
          !['outbound', 'internal'].includes(decision.parties.direction) ||
          !decision.parties.called.startsWith('+')
        )
          return;
        const { parties } = decision;
        const shown = world.get(recordRef.number(parties.mode, decision.presentation.caller))?.record;
        expect(shown).toMatchObject({ id: parties.numberId, ownerAccountId: parties.accountId, subAccountId: parties.subAccountId });
        expect(shown).toMatchObject({ lifecycle: 'active', allowOutbound: true, suspendedBy: [] });
      }),
      RUNS,
    );
  });

  it('steps hold small facts and no secrets', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        for (const { facts } of decision.steps) expect(JSON.stringify(facts).length).toBeLessThan(400);
        expect(JSON.stringify(decision)).not.toContain('sealed');
      }),
      { numRuns: 500 },
    );
  });
});

it('the generated calls reach connections both ways and the refusals in between, through every kind of endpoint', () => {
  const reached = new Map<string, number>();
  const count = (name: string) => reached.set(name, (reached.get(name) ?? 0) + 1);
  for (const [world, asked] of fc.sample(cases, { numRuns: 3000, seed: 7 })) {
    const { decision } = decide(world, asked);
    count(decision.outcome === 'connect' ? decision.parties.direction : (codeOf(decision) ?? ''));
    for (const step of new Set(decision.steps.map((one) => one.step))) count(`step ${step}`);
  }
  const often = [...reached].filter(([, times]) => times >= 5).map(([name]) => name);
  expect(often).toEqual(
    expect.arrayContaining(['inbound', 'outbound', 'internal', 'no_carrier', 'no_route', 'no_destination', 'caller_not_owned']),
  );
  expect(often).toEqual(
    expect.arrayContaining(['schedule', 'forward', 'fallback', 'endpoint', 'sip_user', 'presented'].map((step) => `step ${step}`)),
  );
});

it('records of the test world are found by their own names', () => {
  expect(refOf(number('+442071838750'))).toBe('number:live:+442071838750');
});
