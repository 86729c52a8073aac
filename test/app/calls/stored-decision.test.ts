import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainStored } from '../../../src/app/calls/explain-call.ts';
import { judgeCall } from '../../../src/app/calls/judge-call.ts';
import { decideStored, storeDecision } from '../../../src/app/calls/stored-decision.ts';
import type { CallRequest, Decision } from '../../../src/domain/call.ts';
import { explainOf } from '../../../src/domain/explain.ts';
import type { RecordRef, Versioned } from '../../../src/domain/records.ts';
import { cases, settingsFor } from '../../domain/arbitrary-call.ts';

const settingsOf = (request: CallRequest) => ({ ...settingsFor(request), defaultCountry: 'GB' });
const ABSENT: Versioned = { version: 0, record: null };

/** Decides as an agent does: from a cold copy that is filled with what is asked for. */
function decideCold(world: ReadonlyMap<RecordRef, Versioned>, request: CallRequest, loops: boolean) {
  const read = new Map<RecordRef, Versioned>();
  for (;;) {
    const decision = judgeCall(request, { get: (ref) => read.get(ref) }, settingsOf(request), () => loops);
    if (decision.outcome !== 'need') return { decision, read };
    for (const ref of decision.refs) read.set(ref, world.get(ref) ?? ABSENT);
  }
}

const plain = (decision: Decision): unknown => JSON.parse(JSON.stringify(decision));

describe('a stored decision', () => {
  it('invariant 9: explains exactly the decision that was taken, whatever the records and the call', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ([world, request], loops) => {
        const { decision, read } = decideCold(world, request, loops);
        const json = storeDecision(decision, request, read, settingsOf(request), 'normal');
        expect(plain(decideStored(json).decision)).toEqual(plain(decision));
        const { mode, ...explanation } = explainStored(json);
        expect(explanation).toEqual(JSON.parse(JSON.stringify(explainOf(decision))));
        expect(mode).toBe('normal');
      }),
      { numRuns: 1500 },
    );
  });

  it('keeps no secret of a login', () => {
    fc.assert(
      fc.property(cases, ([world, request]) => {
        const { decision, read } = decideCold(world, request, false);
        const { input } = decideStored(storeDecision(decision, request, read, settingsOf(request), 'degraded'));
        for (const [, , record] of input.records) if (record?.kind === 'credential') expect(record.sealedHa1).toBe('');
      }),
      { numRuns: 200 },
    );
  });

  it('keeps of a large route set only what could match, and stays within the 1 KB or so of decision C12', () => {
    const routes = Array.from({ length: 5000 }, (_, index) => ({
      id: `r${index}`,
      prefix: String(10_000 + index),
      trunkGroupId: 'carrier',
      priority: 0,
      weight: 1,
    }));
    const ref = 'route_set:platform' as RecordRef;
    const read = new Map<RecordRef, Versioned>([[ref, { version: 7, record: { kind: 'route_set', id: 'platform', routes } }]]);
    const request = { callId: 'c', at: 0 } as unknown as CallRequest;
    const decision = {
      outcome: 'drop',
      steps: [],
      versions: [{ record: ref, version: 7 }],
      parties: { called: '+1234567' },
    } as unknown as Decision;
    const json = storeDecision(decision, request, read, settingsOf(request), 'normal');
    expect(JSON.parse(json).records[0][2].routes.map(({ prefix }: { prefix: string }) => prefix)).toEqual(['12345']);
    expect(json.length).toBeLessThan(400);
  });

  it('of another version is refused, not guessed at', () => {
    expect(() => decideStored('{"v":0}')).toThrow(/version 1/);
  });
});
