import { describe, expect, it } from 'vitest';
import { type RouteRecord, recordRef } from '../../src/domain/records.ts';
import { trunkGroupRecord } from '../../src/domain/render-record.ts';
import type { TrunkGroup } from '../../src/domain/trunk-group.ts';
import { A, A2, from, inbound, login, SUB, shown, trunk, world } from './call-decision-rows.ts';
import { type AxesRow, check, combinations, type Rule } from './decision-table.ts';
import { credential, decide, endpoint, gateway, group, number, settings } from './world.ts';

const OURS = { sipDomain: 'sip.example', onNet: 'internal' } as const;
const REALM = 'ma-acme.sip.example';
const [ONE, TWO] = [`sip:one@${REALM}`, `sip:two@${REALM}`];
const names = (...usernames: string[]) => usernames.map((username) => ({ realm: REALM, username }));

// ADR 27: who is rung for a number that points to a customer's trunk group.
const RUNG = {
  gateways: ['none', 'disabled', 'enabled'],
  logins: ['none', 'one', 'two', 'disabled', 'expired', 'of another account', 'of the other mode', 'gone'],
  group: ['on', 'off', 'of another account'],
  holder: ['account', 'sub-account'],
  by: ['the number', 'an endpoint'],
  from: ['a carrier', 'a colleague'],
  full: ['', 'the group'],
} as const;
type Rung = AxesRow<typeof RUNG>;
const isUseless = ({ logins }: Rung): boolean => !['one', 'two'].includes(logins);
const way = (one: Rung): string => (one.from === 'a carrier' ? 'in' : 'internal');
const either = (of: (one: Rung) => boolean, places: string): Rule<Rung>[] =>
  (['in', 'internal'] as const).map((direction) => [(one) => of(one) && way(one) === direction, `${direction} ${places}`]);
const RULES: readonly Rule<Rung>[] = [
  [({ group: of }) => of !== 'on', '480 no_destination'],
  [(one) => one.gateways !== 'enabled' && isUseless(one), '480 no_destination'],
  [({ full }) => full !== '', '503 limit_reached'],
  // Whoever named a gateway meant it.
  ...either(({ gateways }) => gateways === 'enabled', 'p1'),
  ...either(({ logins }) => logins === 'one', ONE),
  ...either(({ logins }) => logins === 'two', `${ONE} ${TWO}`),
];

const LOGINS: Readonly<Record<Rung['logins'], readonly RouteRecord[]>> = {
  none: [],
  one: [credential('one', { realm: REALM, trunkGroupId: 'nat-pbx' })],
  two: ['one', 'two'].map((name) => credential(name, { realm: REALM, trunkGroupId: 'nat-pbx' })),
  disabled: [credential('one', { realm: REALM, enabled: false })],
  expired: [credential('one', { realm: REALM, expiresAt: 1 })],
  'of another account': [credential('one', { realm: REALM, accountId: 'globex' })],
  'of the other mode': [credential('one', { realm: REALM, mode: 'test' })],
  gone: [],
};

const natPbx = (more: Parameters<typeof group>[1]) => group('nat-pbx', { groupKind: 'customer', accountId: 'acme', gateways: [], ...more });

function build({ gateways, logins, group: of, holder, by, from: caller, full }: Rung) {
  const listed = gateways === 'none' ? [] : [gateway('p1', { enabled: gateways === 'enabled' })];
  const named = logins === 'none' ? {} : { logins: logins === 'two' ? names('one', 'two') : names('one') };
  const whose = of === 'of another account' ? { accountId: 'globex' } : { enabled: of === 'on' };
  const to = holder === 'account' ? A : SUB;
  const place = by === 'the number' ? { endpointId: null, trunkGroupId: 'nat-pbx' } : { endpointId: 'desk' };
  const more = full === '' ? {} : { full: [{ kind: 'trunk_group', id: 'nat-pbx', why: 'channels' }] as const };
  const records: RouteRecord[] = [
    number(to, { ...place, subAccountId: holder === 'account' ? null : 'acme-sub' }),
    endpoint('desk', { targets: [], route: { kind: 'trunk_group', trunkGroupId: 'nat-pbx' } }),
    natPbx({ gateways: listed, ...named, ...whose }),
    ...LOGINS[logins],
  ];
  return [caller === 'a carrier' ? inbound(to, more) : login('alice', A2, to, more), records, OURS] as const;
}

describe('a trunk group whose peer registers', () => {
  it('is rung by the rules: gateways × logins × group × holder × way × caller × limits', () => {
    const rows = combinations(RUNG);
    expect(rows.length).toBeGreaterThanOrEqual(500);
    check(rows, RULES, build);
  });

  it('is a candidate with its login and a channel of the group, told the number as the group writes it, decided in two reads', () => {
    const records = [
      number(A, { endpointId: null, trunkGroupId: 'nat-pbx' }),
      natPbx({ logins: names('one'), numberFormat: 'e164' }),
      ...LOGINS.one,
    ];
    const { decision, rounds } = decide(world(records), inbound(A), { ...settings, ...OURS });
    const user = recordRef.credential(REALM, 'one');
    const candidate = { trunkGroupId: 'nat-pbx', gatewayId: null, endpointId: null, uri: ONE, dialUser: null, calledAs: A.slice(1), user };
    expect('candidates' in decision && decision.candidates).toMatchObject([
      { ...candidate, chosen: true, leases: [{ kind: 'trunk_group', id: 'nat-pbx' }] },
    ]);
    expect('versions' in decision && decision.versions).toContainEqual({ record: user, version: 1 });
    expect(decision.steps.find(({ step }) => step === 'destination')?.facts).toMatchObject({ gateways: 0, logins: 1 });
    // What its number points to comes with one read, and what the group names with the next.
    expect(rounds).toBeLessThanOrEqual(5);
  });

  it('says which of its gateways are disabled beside the login that is rung instead', () => {
    const off = natPbx({ logins: names('one'), gateways: [gateway('p1', { enabled: false })] });
    const { decision } = decide(world([number(A, { endpointId: null, trunkGroupId: 'nat-pbx' }), off, ...LOGINS.one]), inbound(A), {
      ...settings,
      ...OURS,
    });
    expect('candidates' in decision && decision.candidates.map(({ reason }) => reason)).toEqual(['login of the trunk', 'disabled']);
  });

  it('may call out and be called: a call from where it registered to its own number comes back to it', () => {
    const records = [number(A, { endpointId: null, trunkGroupId: 'nat-pbx' }), natPbx({ logins: names('one') }), ...LOGINS.one];
    for (const asked of [trunk('nat-pbx', A2, A), from(['carrier'], A)]) {
      const { decision } = decide(world(records), asked, { ...settings, ...OURS });
      expect(shown(decision)).toMatch(/^(in|internal) sip:one@/);
    }
  });
});

describe('the record of a trunk group', () => {
  const row = (more: Partial<TrunkGroup>): TrunkGroup => ({
    ...{
      id: 'g',
      extId: '1',
      name: 'g',
      kind: 'customer',
      accountId: 'acme',
      mode: 'live',
      enabled: true,
      numberFormat: null,
      country: null,
    },
    ...{ gateways: [], acl: [], logins: names('one'), version: 1, sourceVersion: 1, createdAt: 0, updatedAt: 0 },
    ...more,
  });

  it('names its logins, but not those of a carrier or of a trunk that only calls', () => {
    expect(trunkGroupRecord(row({})).logins).toEqual(names('one'));
    expect(trunkGroupRecord(row({ direction: 'inbound' })).logins).toEqual(names('one'));
    for (const more of [{ kind: 'carrier' }, { direction: 'outbound' }, { logins: undefined }, { logins: [] }] as const) {
      expect(trunkGroupRecord(row(more))).not.toHaveProperty('logins');
    }
  });
});
