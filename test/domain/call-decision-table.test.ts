import { expect, it } from 'vitest';
import type { CallRequest } from '../../src/domain/call.ts';
import type { FullLease } from '../../src/domain/lease.ts';
import type { RouteRecord } from '../../src/domain/records.ts';
import {
  A,
  DESK,
  FAR,
  foreignHost,
  from,
  G,
  inbound,
  login,
  off,
  STRANGER,
  shown,
  stale,
  trunk,
  world,
  wrong,
} from './call-decision-rows.ts';
import { type AxesRow, check, combinations, type Rule } from './decision-table.ts';
import { credential, decide, endpoint, gateway, group, number } from './world.ts';

const IN = {
  source: ['carrier', 'carrier off', 'own pbx', 'foreign pbx', 'carrier and foreign pbx', 'nobody', 'nobody to a foreign host'],
  state: ['active', 'suspended', 'pending', 'releasing', 'absent'],
  flag: ['on', 'off'],
  account: ['active', 'disabled'],
  rings: ['endpoint', 'inactive endpoint', 'nothing', 'group', 'group off', 'group with one gateway off'],
  full: ['', 'number', 'account rate', 'carrier'],
} as const;
type In = AxesRow<typeof IN>;
const isCarried = ({ source, state }: In) => source === 'carrier' || (source === 'carrier and foreign pbx' && state !== 'absent');

const IN_RULES: readonly Rule<In>[] = [
  [({ source }) => source === 'nobody to a foreign host', 'drop'],
  [({ source }) => source === 'nobody' || source === 'carrier off', 'challenge'],
  // A customer's own switch calls out, and the caller is nobody's number.
  [({ source, account }) => source === 'own pbx' && account === 'disabled', '403 caller_account_disabled'],
  [(one) => !isCarried(one) && one.source !== 'carrier', '403 caller_not_owned'],
  [({ state }) => state === 'absent' || state === 'pending' || state === 'releasing', '404 number_unknown'],
  [({ account }) => account === 'disabled', '480 account_disabled'],
  [({ state }) => state === 'suspended', '480 number_suspended'],
  [({ flag }) => flag === 'off', '403 number_inbound_disabled'],
  [({ rings }) => rings === 'inactive endpoint' || rings === 'nothing' || rings === 'group off', '480 no_destination'],
  [({ full }) => full === 'number' || full === 'carrier', '503 limit_reached'],
  [({ full }) => full === 'account rate', '503 rate_exceeded'],
  [({ rings }) => rings === 'endpoint', DESK],
  [({ rings }) => rings === 'group', 'in p1 p2'],
  [() => true, 'in p2'],
];

const FULL: Readonly<Record<string, FullLease>> = {
  number: { kind: 'number', id: `n${A}`, why: 'channels' },
  'number rate': { kind: 'number', id: `n${A}`, why: 'rate' },
  'account rate': { kind: 'account', id: 'acme', why: 'rate' },
  carrier: { kind: 'trunk_group', id: 'carrier', why: 'channels' },
  'first gateway': { kind: 'gateway', id: 'c1', why: 'channels' },
};
const fullOf = (name: string): Partial<CallRequest> => (FULL[name] === undefined ? {} : { full: [FULL[name]] });

const SENDERS: Readonly<Record<In['source'], readonly string[]>> = {
  carrier: ['carrier'],
  'carrier off': ['carrier2'],
  'own pbx': ['pbx'],
  'foreign pbx': ['gpbx'],
  'carrier and foreign pbx': ['carrier', 'gpbx'],
  nobody: [],
  'nobody to a foreign host': [],
};

function buildIn({ source, state, flag, account, rings, full }: In): readonly [CallRequest, readonly RouteRecord[]] {
  const lifecycle = state === 'absent' || state === 'suspended' ? 'active' : state;
  const called = state === 'absent' ? '+442071838759' : A;
  const p2 = gateway('p2', { priority: 2 });
  const records = [
    number(A, {
      lifecycle,
      suspendedBy: state === 'suspended' ? ['tenant'] : [],
      allowInbound: flag === 'on',
      endpointId: rings.includes('endpoint') ? 'desk' : null,
      trunkGroupId: rings.includes('group') ? 'ring' : null,
    }),
    endpoint('desk', { status: rings === 'inactive endpoint' ? 'inactive' : 'active' }),
    group('ring', {
      groupKind: 'customer',
      accountId: 'acme',
      enabled: rings !== 'group off',
      gateways: [gateway('p1', { priority: 1, enabled: rings !== 'group with one gateway off' }), p2],
    }),
    group('carrier2', { enabled: false }),
    ...(account === 'disabled' ? [off('acme')] : []),
  ];
  const host = source === 'nobody to a foreign host' ? foreignHost : {};
  return [from(SENDERS[source], called, { ...fullOf(full), ...host }), records];
}

it('decides inbound calls by the rules: source × number × flag × account × destination × limits', () => {
  const rows = combinations(IN);
  expect(rows.length).toBeGreaterThanOrEqual(300);
  check(rows, IN_RULES, buildIn);
});

const OUT = {
  sender: ['login', 'wrong password', 'old nonce', 'login off', 'own pbx', 'login of another number', 'login of the sub-account'],
  caller: ['own', 'own, may not call', 'own, suspended', 'foreign', 'anonymous'],
  account: ['active', 'disabled'],
  called: ['far', 'near', 'unrouted', 'emergency', 'a name'],
  carrier: ['up', 'off', 'first gateway off', 'both gateways off'],
  full: ['', 'first gateway', 'number rate', 'carrier'],
} as const;
type Out = AxesRow<typeof OUT>;

const CALLED = { far: FAR, near: '+12025550199', unrouted: '+33612345679', emergency: '112', 'a name': 'bob' } as const;
const isEmergency = ({ called }: Out) => called === 'emergency';
const isNotItsOwn = ({ sender, caller }: Out) =>
  caller === 'foreign' || caller === 'anonymous' || sender === 'login of another number' || sender === 'login of the sub-account';
/** A number's login that says nobody's number has nothing to choose (ADR 26). */
const isItsOnly = ({ sender, caller }: Out) => sender === 'login of another number' && caller === 'anonymous';

const OUT_RULES: readonly Rule<Out>[] = [
  [({ sender }) => sender === 'wrong password' || sender === 'login off', 'challenge failed'],
  [({ sender }) => sender === 'old nonce', 'challenge stale'],
  // Whoever may not call at all may call for help: authentication is all that is asked (decision C15).
  [isEmergency, 'out d1'],
  [({ account }) => account === 'disabled', '403 caller_account_disabled'],
  [({ called }) => called === 'a name', '484 dial_string_invalid'],
  // Somebody else's number from a block that others may call from too: whose it is may be behind it.
  [({ sender, caller }) => sender === 'own pbx' && caller === 'foreign', 'challenge'],
  [(one) => isNotItsOwn(one) && !isItsOnly(one), '403 caller_not_owned'],
  [({ caller }) => caller === 'own, suspended', '403 caller_suspended'],
  [({ caller }) => caller === 'own, may not call', '403 number_outbound_disabled'],
  [({ called }) => called === 'unrouted', '404 no_route'],
  [({ called, carrier }) => called === 'far' && (carrier === 'off' || carrier === 'both gateways off'), '503 no_carrier'],
  [(one) => one.full === 'number rate' && !isItsOnly(one), '503 rate_exceeded'],
  [({ called }) => called === 'near', 'out d1'],
  [({ full }) => full === 'carrier', '503 limit_reached'],
  [({ carrier, full }) => carrier === 'first gateway off' || full === 'first gateway', 'out c2'],
  [() => true, 'out c1 c2'],
];

function requestOut({ sender, caller, called, full }: Out): CallRequest {
  const says = caller === 'foreign' ? G : caller === 'anonymous' ? 'anonymous' : A;
  const more = fullOf(full);
  switch (sender) {
    case 'wrong password':
      return login('alice', says, CALLED[called], { ...more, ...wrong('alice') });
    case 'old nonce':
      return login('alice', says, CALLED[called], { ...more, ...stale('alice') });
    case 'own pbx':
      return trunk('pbx', says, CALLED[called], more);
    default: {
      const names = { login: 'alice', 'login off': 'idle', 'login of another number': 'other', 'login of the sub-account': 'sub' } as const;
      return login(names[sender], says, CALLED[called], more);
    }
  }
}

function recordsOut({ caller, account, carrier }: Out): readonly RouteRecord[] {
  const isOn = carrier !== 'both gateways off';
  return [
    number(A, { allowOutbound: caller !== 'own, may not call', suspendedBy: caller === 'own, suspended' ? ['billing'] : [] }),
    credential('idle', { enabled: false }),
    credential('other', { e164: '+442071838751' }),
    group('carrier', {
      enabled: carrier !== 'off',
      gateways: [
        gateway('c1', { priority: 1, enabled: isOn && carrier !== 'first gateway off' }),
        gateway('c2', { priority: 2, enabled: isOn }),
      ],
    }),
    ...(account === 'disabled' ? [off('acme')] : []),
  ];
}

it('decides outbound calls by the rules: sender × caller × account × called × carrier × limits', () => {
  const rows = combinations(OUT);
  expect(rows.length).toBeGreaterThanOrEqual(300);
  check(rows, OUT_RULES, (row) => [requestOut(row), recordsOut(row)]);
});

it('the least: a call from the carrier rings, from a stranger it does not', () => {
  expect(shown(decide(world([]), inbound(A)).decision)).toBe(DESK);
  expect(shown(decide(world([]), from([], A, { caller: { from: STRANGER } })).decision)).toBe('challenge');
});
