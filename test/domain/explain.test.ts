import { describe, expect, it } from 'vitest';
import { explainOf } from '../../src/domain/explain.ts';
import { CALL_REFUSALS } from '../../src/domain/refusal.ts';
import { A, FAR, foreignHost, from, inbound, login, stale, world, wrong } from './call-decision-rows.ts';
import { decide, number } from './world.ts';

const explained = (asked: Parameters<typeof decide>[1], ...records: Parameters<typeof world>[0]) =>
  explainOf(decide(world(records), asked).decision);

describe('explain', () => {
  it('of a call that connects has no refusal and names its candidates', () => {
    const { candidates, versions, steps, ...rest } = explained(login('alice', A, FAR));
    expect(rest).toEqual({ outcome: 'connect', sipStatus: null, code: null, remedy: null });
    expect(candidates.map(({ trunkGroupId, gateway, chosen }) => [trunkGroupId, gateway, chosen])).toEqual([
      ['carrier', 'c1', true],
      ['carrier', 'c2', true],
    ]);
    expect(versions).toContainEqual({ record: `number:live:${A}`, version: 1 });
    expect(versions).toContainEqual({ record: 'route_set:acme', version: 0 });
    expect(steps.map(({ step }) => step)).toEqual(['direction', 'max_forwards', 'called', 'account', 'caller', 'routes', 'routes']);
  });

  it('names an endpoint target by its URI', () => {
    expect(explained(inbound(A)).candidates).toMatchObject([{ trunkGroupId: null, gateway: 'sip:desk@pbx.example', endpointId: 'desk' }]);
  });

  it.each([
    ['a refusal', inbound(A), 403, 'number_inbound_disabled'],
    ['a challenge', from([], A), 407, 'authentication_required'],
    ['a wrong password', login('alice', A, FAR, wrong('alice')), 407, 'authentication_failed'],
    ['a stale nonce', login('alice', A, FAR, stale('alice')), 407, 'authentication_required'],
    ['silence', from([], A, foreignHost), null, 'unknown_source'],
  ] as const)('of %s has its status, code and remedy', (_name, asked, sipStatus, code) => {
    const explanation = explained(asked, number(A, { allowInbound: false }));
    expect(explanation).toMatchObject({ outcome: 'reject', sipStatus, code, remedy: CALL_REFUSALS[code].remedy });
    expect(explanation.steps.at(-1)?.ok).toBe(false);
  });
});
