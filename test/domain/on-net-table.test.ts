import { expect, it } from 'vitest';
import type { E164 } from '../../src/domain/e164.ts';
import type { EndpointRoute } from '../../src/domain/endpoint-route.ts';
import type { FallbackCause } from '../../src/domain/fallback.ts';
import type { FullLease } from '../../src/domain/lease.ts';
import type { EndpointRecord, NumberRecord, RouteRecord } from '../../src/domain/records.ts';
import { A, FAR, G, inbound, login, off, trunk } from './call-decision-rows.ts';
import { type AxesRow, check, combinations, type Rule } from './decision-table.ts';
import { endpoint, group, number } from './world.ts';

const ON_NET = { onNet: 'internal', sipDomain: 'sip.example' } as const;

// Decision C16: both sides are checked, the caller's as for any call out, the callee's as for any call in.
const NET = {
  sender: ['login', 'own pbx'],
  caller: ['own', 'own, may not call', 'own, suspended', 'foreign'],
  callee: ['of the same account', 'of another account', 'nobody'],
  state: ['active', 'suspended', 'releasing'],
  flag: ['on', 'off'],
  accounts: ['active', 'caller off', 'callee off'],
  setting: ['internal', 'carrier'],
  full: ['', 'caller number', 'callee number', 'callee account rate'],
} as const;
type Net = AxesRow<typeof NET>;
const isInside = ({ callee, setting }: Net) => callee !== 'nobody' && setting === 'internal';
const isCallersOff = ({ accounts, callee }: Net) =>
  accounts === 'caller off' || (accounts === 'callee off' && callee === 'of the same account');

const NET_RULES: readonly Rule<Net>[] = [
  [isCallersOff, '403 caller_account_disabled'],
  [({ caller }) => caller === 'foreign', '403 caller_not_owned'],
  [({ caller }) => caller === 'own, suspended', '403 caller_suspended'],
  [({ caller }) => caller === 'own, may not call', '403 number_outbound_disabled'],
  [(one) => !isInside(one) && one.full === 'caller number', '503 limit_reached'],
  [(one) => !isInside(one), 'out d1'],
  [({ state }) => state === 'releasing', '404 number_unknown'],
  [({ accounts }) => accounts === 'callee off', '480 account_disabled'],
  [({ state }) => state === 'suspended', '480 number_suspended'],
  [({ flag }) => flag === 'off', '403 number_inbound_disabled'],
  [({ full }) => full === 'caller number' || full === 'callee number', '503 limit_reached'],
  [({ full, callee }) => full === 'callee account rate' && callee === 'of another account', '503 rate_exceeded'],
  [({ callee }) => callee === 'of the same account', 'internal sip:desk@pbx.example'],
  [() => true, 'internal sip:globex.example'],
];

const NET_FULL: Readonly<Record<string, FullLease>> = {
  'caller number': { kind: 'number', id: `n${A}`, why: 'channels' },
  'callee number': { kind: 'number', id: `n${G}`, why: 'channels' },
  'callee account rate': { kind: 'account', id: 'globex', why: 'rate' },
};

function buildNet({ sender, caller, callee, state, flag, accounts, setting, full }: Net) {
  const says = caller === 'foreign' ? '+12025550188' : A;
  const to = callee === 'nobody' ? '+12025550199' : G;
  const more = NET_FULL[full] === undefined ? {} : { full: [NET_FULL[full]] };
  const asked = sender === 'login' ? login('alice', says, to, more) : trunk('pbx', says, to, more);
  const isSame = callee === 'of the same account';
  const called: Partial<NumberRecord> = isSame ? {} : { ownerAccountId: 'globex', endpointId: 'globex-desk' };
  const records: RouteRecord[] = [
    number(A, { allowOutbound: caller !== 'own, may not call', suspendedBy: caller === 'own, suspended' ? ['billing'] : [] }),
    number(G, {
      ...called,
      allowInbound: flag === 'on',
      lifecycle: state === 'releasing' ? state : 'active',
      suspendedBy: state === 'suspended' ? ['tenant'] : [],
    }),
    ...(accounts === 'caller off' || (accounts === 'callee off' && isSame) ? [off('acme')] : []),
    ...(accounts === 'callee off' && !isSame ? [off('globex')] : []),
  ];
  return [asked, records, setting === 'internal' ? ON_NET : {}] as const;
}

it('decides calls between numbers of ours by the rules: sender × caller × callee × state × flag × accounts × setting × limits', () => {
  const rows = combinations(NET);
  expect(rows.length).toBeGreaterThanOrEqual(3000);
  check(rows, NET_RULES, buildNet);
});

// ADR 21: what an endpoint hands calls on to, and what is behind it.
const KINDS = {
  kind: ['targets', 'open', 'shut', 'group', 'group off', 'forward', 'forward on-net', 'forward to itself'],
  behind: ['nothing', 'busy', 'no_answer', 'unreachable'],
  status: ['active', 'inactive'],
  outbound: ['on', 'off'],
  forwarded: ['takes calls', 'takes none'],
  carrier: ['up', 'off'],
} as const;
type Kinds = AxesRow<typeof KINDS>;
const leadsNowhere = ({ kind, outbound, forwarded, carrier }: Kinds): boolean =>
  kind === 'shut' ||
  kind === 'group off' ||
  kind === 'forward to itself' ||
  (kind.startsWith('forward') && outbound === 'off') ||
  (kind === 'forward on-net' && forwarded === 'takes none') ||
  (kind === 'forward' && carrier === 'off');
const SPARE = 'sip:spare@x';
const rung = (of: (one: Kinds) => boolean, places: string): Rule<Kinds>[] => [
  [(one) => of(one) && one.behind === 'nothing', `in ${places}`],
  [of, `in ${places} ${SPARE}`],
];

const KIND_RULES: readonly Rule<Kinds>[] = [
  [({ status }) => status === 'inactive', '480 no_destination'],
  [(one) => leadsNowhere(one) && one.behind === 'unreachable', `in ${SPARE}`],
  [({ kind }) => kind === 'shut' || kind === 'group off', '480 no_destination'],
  [({ kind }) => kind === 'forward to itself', '482 loop'],
  [({ kind, outbound }) => kind.startsWith('forward') && outbound === 'off', '403 number_outbound_disabled'],
  [({ kind, carrier }) => kind === 'forward' && carrier === 'off', '503 no_carrier'],
  [({ kind, forwarded }) => kind === 'forward on-net' && forwarded === 'takes none', '403 number_inbound_disabled'],
  ...rung(({ kind }) => kind === 'targets', 'sip:desk@pbx.example'),
  ...rung(({ kind }) => kind === 'open', 'sip:hall@x'),
  ...rung(({ kind }) => kind === 'group', 'p1 p2'),
  ...rung(({ kind }) => kind === 'forward', 'd1'),
  ...rung(() => true, 'sip:globex.example'),
];

const always = [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }];
const ROUTES: Readonly<Record<Kinds['kind'], EndpointRoute | null>> = {
  targets: null,
  open: { kind: 'schedule', timeZone: 'UTC', rules: [{ windows: always, endpointId: 'hall' }], otherwise: null },
  shut: { kind: 'schedule', timeZone: 'UTC', rules: [{ windows: always, endpointId: null }], otherwise: 'hall' },
  group: { kind: 'trunk_group', trunkGroupId: 'pbx' },
  'group off': { kind: 'trunk_group', trunkGroupId: 'subpbx' },
  forward: { kind: 'forward', e164: '+12025550199' as E164 },
  'forward on-net': { kind: 'forward', e164: G as E164 },
  'forward to itself': { kind: 'forward', e164: A as E164 },
};
const at = (uri: string) => [{ uri, priority: 1, weight: 1 }];

function buildKinds({ kind, behind, status, outbound, forwarded, carrier }: Kinds) {
  const route = ROUTES[kind];
  const more: Partial<EndpointRecord> = {
    ...(route === null ? {} : { route, targets: [] }),
    ...(behind === 'nothing' ? {} : { fallback: { on: [behind as FallbackCause], endpointId: 'spare' } }),
  };
  const records: RouteRecord[] = [
    number(A, { allowOutbound: outbound === 'on' }),
    number(G, { ownerAccountId: 'globex', endpointId: 'globex-desk', allowInbound: forwarded === 'takes calls' }),
    endpoint('desk', { status, ...more }),
    endpoint('hall', { targets: at('sip:hall@x') }),
    endpoint('spare', { targets: at(SPARE) }),
    group('subpbx', { groupKind: 'customer', accountId: 'acme', enabled: false }),
    group('carrier2', { enabled: carrier === 'up', gateways: [{ id: 'd1', uri: 'sip:d1', priority: 1, weight: 1, enabled: true }] }),
  ];
  return [inbound(A), records, ON_NET] as const;
}

it('decides calls through every kind of endpoint by the rules: kind × fallback × state × flags × carrier', () => {
  const rows = combinations(KINDS);
  expect(rows.length).toBeGreaterThanOrEqual(500);
  check(rows, KIND_RULES, buildKinds);
});

it('the least: a forward by routes leaves by the carrier', () => {
  check([{ to: FAR }], [[() => true, 'in c1 c2']], ({ to }) => [
    inbound(A),
    [endpoint('desk', { targets: [], route: { kind: 'forward', e164: to as E164 } })],
    ON_NET,
  ]);
});
