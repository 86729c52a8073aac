import { describe, expect, it } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { A, checkRows, inbound, type Row, row, SUB, target, world } from './call-decision-rows.ts';
import { credential, decide, endpoint, number, settings } from './world.ts';

const OURS = { sipDomain: 'sip.example' };
const ZOE = 'sip:zoe@sip.example';
const desk = (...uris: string[]) => endpoint('desk', { targets: uris.map((uri, at) => target(uri, at + 1, 1)) });
const zoe = (more: Parameters<typeof credential>[1] = {}) => credential('zoe', more);
const ROWS: readonly Row[] = [
  row('a user of the holder', inbound(A), [desk(ZOE), zoe()], `in ${ZOE}`, OURS),
  row('a name in another case', inbound(A), [desk('sip:Zoe@SIP.example;x=y'), zoe()], 'in sip:Zoe@SIP.example;x=y', OURS),
  row('nobody', inbound(A), [desk(ZOE)], '480 no_destination', OURS),
  row('an address beside nobody', inbound(A), [desk(ZOE, 'sip:a@x')], 'in sip:a@x', OURS),
  row('a disabled login', inbound(A), [desk(ZOE), zoe({ enabled: false })], '480 no_destination', OURS),
  row('a login that is over', inbound(A), [desk(ZOE), zoe({ expiresAt: 1 })], '480 no_destination', OURS),
  row('a test login of a live number', inbound(A), [desk(ZOE), zoe({ mode: 'test' })], '480 no_destination', OURS),
  row('a user of another account', inbound(A), [desk(ZOE), zoe({ accountId: 'globex' })], '480 no_destination', OURS),
  row('a user of the sub-account', inbound(SUB), [desk(ZOE), zoe({ subAccountId: 'acme-sub' })], `in ${ZOE}`, OURS),
  row('a user of a sibling', inbound(SUB), [desk(ZOE), zoe({ subAccountId: 'acme-other' })], '480 no_destination', OURS),
  row('where there is no domain', inbound(A), [desk(ZOE), zoe()], `in ${ZOE}`),
  row('a domain without a user', inbound(A), [desk('sip:sip.example')], 'in sip:sip.example', OURS),
];

describe('a target that names a SIP user', () => {
  checkRows(ROWS);

  it('is a candidate with its login, whose version the decision rests on, there or not', () => {
    const ring = endpoint('desk', { targets: [target(ZOE, 1, 1)], ring: 'serial' });
    const { decision } = decide(world([number(A), ring, zoe()]), inbound(A), { ...settings, ...OURS });
    const user = recordRef.credential('sip.example', 'zoe');
    expect('candidates' in decision && decision.candidates).toMatchObject([{ uri: ZOE, user, ring: 'serial', chosen: true }]);
    expect('versions' in decision && decision.versions).toContainEqual({ record: user, version: 1 });
    const { decision: without } = decide(world([number(A), ring]), inbound(A), { ...settings, ...OURS });
    expect('versions' in without && without.versions).toContainEqual({ record: user, version: 0 });
  });
});
