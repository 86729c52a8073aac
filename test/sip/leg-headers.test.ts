import { describe, expect, it } from 'vitest';
import type { Candidate, Connect } from '../../src/domain/call.ts';
import type { GatewayTerms } from '../../src/domain/gateway-terms.ts';
import { legHeaders } from '../../src/sip/leg-headers.ts';

const NUMBER = '+442071838750';
const NAMED = `"Ann" <sip:${NUMBER}@pbx.test>`;
const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';
const PASSPORT = 'eyJhbGciOiJFUzI1NiJ9.eyJvcmlnIjp7InRuIjoiNDQyMDcxODM4NzUwIn19.c2ln;info=<https://cert.test>';

type Fields = Readonly<Record<string, string>>;

const INBOUND = { parties: { direction: 'inbound' }, presentation: { caller: NUMBER, privacyId: true } } as Connect;
const OPEN = { ...INBOUND, presentation: { caller: NUMBER, privacyId: false } } as Connect;
const INTERNAL = { ...INBOUND, parties: { direction: 'internal' } } as Connect;
const OUTBOUND = { ...INBOUND, parties: { direction: 'outbound' } } as Connect;
const IDENTIFIED: Fields = { From: NAMED, Identity: PASSPORT, 'P-Asserted-Identity': NAMED };

function told(decision: Connect, terms: GatewayTerms | undefined): Fields {
  const leg = { uri: 'sip:desk@192.0.2.7', callId: 'b', maxForwards: 60, hops: [], withheld: new Set<string>() };
  const through: Pick<Candidate, 'terms'> = terms === undefined ? {} : { terms };
  return legHeaders({ header: (name) => IDENTIFIED[name] }, decision, leg, through) as Fields;
}

describe('what names a withheld caller', () => {
  const passing = { headers: { pass: ['Identity'] } };

  it.each<[string, Connect, GatewayTerms | undefined]>([
    ['an endpoint', INBOUND, undefined],
    ['a trunk that is told only of the others', INBOUND, { callerId: { identity: 'unless_private' } }],
    ['a phone of ours, whatever its group passes on', INTERNAL, passing],
    ['a carrier outside of the trust domain', OUTBOUND, { ...passing, callerId: { identity: 'unless_private' } }],
  ])('is not told %s, the PASSporT included', (_whom, decision, terms) => {
    const headers = told(decision, terms);
    expect([headers['From'], headers['Identity'], headers['P-Asserted-Identity']]).toEqual([ANONYMOUS, undefined, undefined]);
    expect(JSON.stringify(headers)).not.toContain(NUMBER.slice(1));
  });

  it('goes to who is trusted with it, who is told that it is withheld', () => {
    const inside = told(INBOUND, { callerId: { identity: 'always' } });
    expect([inside['Identity'], inside['P-Asserted-Identity'], inside['Privacy']]).toEqual([PASSPORT, NAMED, 'id']);
    expect(told(OUTBOUND, passing)).toMatchObject({ Identity: PASSPORT, Privacy: 'id', From: ANONYMOUS });
  });

  it('goes to everybody where nothing is withheld', () => {
    expect(told(OPEN, undefined)).toMatchObject({ Identity: PASSPORT, 'P-Asserted-Identity': NAMED });
  });
});
