import { describe, expect, it } from 'vitest';
import type { Candidate, DecisionSettings } from '../../src/domain/call.ts';
import { parseE164 } from '../../src/domain/e164.ts';
import type { EndpointRoute, ScheduleRule } from '../../src/domain/endpoint-route.ts';
import { isIsoDate, scheduledEndpoint } from '../../src/domain/endpoint-schedule.ts';
import { explainForTenant } from '../../src/domain/explain-for-tenant.ts';
import type { AttemptEnd } from '../../src/domain/failover.ts';
import { causeOf, type FallbackCause, isDue, type Tried, type Visit } from '../../src/domain/fallback.ts';
import { leasesWith, minuteScopes, UNLIMITED } from '../../src/domain/lease.ts';
import type { RouteRecord } from '../../src/domain/records.ts';
import { A, A2, checkRows, FAR, G, inbound, login, type Row, row, SUB, shown, trunk, world } from './call-decision-rows.ts';
import { account, credential, decide, endpoint, group, number, routeSet } from './world.ts';

const e164 = (text: string) => parseE164(text) as NonNullable<ReturnType<typeof parseE164>>;
const ON_NET: Partial<DecisionSettings> = { onNet: 'internal', sipDomain: 'sip.example' };
const at = (time: string) => Date.parse(time);
const visit = (of: string) => of as Visit;
const place = (id: string, more: Parameters<typeof endpoint>[1] = {}) =>
  endpoint(id, { targets: [{ uri: `sip:${id}@pbx.example`, priority: 1, weight: 1 }], ...more });
const routed = (id: string, route: EndpointRoute, more: Parameters<typeof endpoint>[1] = {}) =>
  endpoint(id, { targets: [], route, ...more });
const forward = (to: string): EndpointRoute => ({ kind: 'forward', e164: e164(to) });
const schedule = (rules: readonly ScheduleRule[], otherwise: string | null, timeZone = 'Europe/London'): EndpointRoute => ({
  kind: 'schedule',
  timeZone,
  rules,
  otherwise,
});
const pbx = (more: Parameters<typeof endpoint>[1]) =>
  place('desk', { targets: [{ uri: 'sip:pbx.example', priority: 1, weight: 1 }], ...more });
const OFFICE = { days: [1, 2, 3, 4, 5], from: 540, to: 1020 };

describe('a schedule', () => {
  const rules: readonly ScheduleRule[] = [
    { dates: [{ from: '2026-12-24', to: '2026-12-26' }], endpointId: null },
    { dates: [{ from: '2026-03-29', to: '2026-03-29' }], windows: [{ days: [7], from: 0, to: 240 }], endpointId: 'night' },
    { windows: [OFFICE], endpointId: 'desk' },
    { windows: [{ days: [6], from: 1320, to: 120 }], endpointId: 'party' },
  ];
  it.each([
    ['a Monday morning in winter', '2026-01-12T09:00:00Z', 3, 'desk'],
    ['a minute before it opens', '2026-01-12T08:59:59Z', null, 'voicemail'],
    ['the end, which is not included', '2026-01-12T17:00:00Z', null, 'voicemail'],
    ['in summer 09:00 is an hour earlier in UTC', '2026-07-06T08:00:00Z', 3, 'desk'],
    ['and 17:00 too', '2026-07-06T16:00:00Z', null, 'voicemail'],
    ['before the clocks go forward', '2026-03-29T00:59:59Z', 2, 'night'],
    ['after they did: 02:00 local is 01:00Z', '2026-03-29T01:00:00Z', 2, 'night'],
    ['04:00 local, three hours after midnight', '2026-03-29T03:00:00Z', null, 'voicemail'],
    ['a holiday goes before office hours', '2026-12-24T10:00:00Z', 1, null],
    ['the last minute of the holidays, local', '2026-12-26T23:59:59Z', 1, null],
    ['the day after', '2026-12-28T10:00:00Z', 3, 'desk'],
    ['a window into the next day', '2026-01-17T22:30:00Z', 4, 'party'],
    ['and on that next day, a Sunday', '2026-01-18T01:30:00Z', 4, 'party'],
    ['but not on other Sundays nights', '2026-01-18T22:30:00Z', null, 'voicemail'],
  ])('at %s', (_name, time, rule, endpointId) => {
    expect(scheduledEndpoint({ kind: 'schedule', timeZone: 'Europe/London', rules, otherwise: 'voicemail' }, at(time))).toMatchObject({
      rule,
      endpointId,
    });
  });

  it('in a zone where the date is another one goes by the date there', () => {
    const holiday = [{ dates: [{ from: '2026-01-01', to: '2026-01-01' }], endpointId: 'closed' }];
    const choice = (time: string) =>
      scheduledEndpoint({ kind: 'schedule', timeZone: 'Pacific/Auckland', rules: holiday, otherwise: 'open' }, at(time));
    expect(choice('2025-12-31T12:00:00Z')).toMatchObject({ endpointId: 'closed', local: { date: '2026-01-01' } });
    expect(choice('2026-01-01T11:00:00Z')).toMatchObject({ endpointId: 'open', local: { date: '2026-01-02' } });
  });

  it('of a zone nobody knows is as if no rule fitted', () => {
    const route = { kind: 'schedule', timeZone: 'Mars/Base', rules, otherwise: 'voicemail' } as const;
    expect(scheduledEndpoint(route, at('2026-12-24T10:00:00Z'))).toEqual({ rule: null, endpointId: 'voicemail', local: null });
  });

  it('knows the dates that there are', () => {
    expect(['2024-02-29', '2000-02-29', '2026-12-31'].map(isIsoDate)).toEqual([true, true, true]);
    expect(['2026-02-29', '1900-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '2026-01-00'].map(isIsoDate)).toEqual(Array(6).fill(false));
  });
});

describe('what an endpoint came to', () => {
  const failed = (sipStatus: number): AttemptEnd => ({ outcome: 'failed', sipStatus });
  const rang: AttemptEnd = { outcome: 'ring_timeout', sipStatus: null };
  const silent: AttemptEnd = { outcome: 'no_response', sipStatus: null };
  it.each<readonly [string, readonly AttemptEnd[], FallbackCause]>([
    ['486', [failed(486)], 'busy'],
    ['600', [failed(600)], 'busy'],
    ['603', [failed(603)], 'busy'],
    ['480', [failed(480)], 'no_answer'],
    ['408', [failed(408)], 'no_answer'],
    ['487', [failed(487)], 'no_answer'],
    ['ring timeout', [rang], 'no_answer'],
    ['503', [failed(503)], 'unreachable'],
    ['404', [failed(404)], 'unreachable'],
    ['no response', [silent], 'unreachable'],
    ['a full gateway', [{ outcome: 'limit_reached', sipStatus: null }], 'unreachable'],
    ['nothing at all', [], 'unreachable'],
    ['one busy among silent ones', [rang, failed(486), silent], 'busy'],
    ['one that rang among broken ones', [failed(503), rang], 'no_answer'],
  ])('%s', (_name, ends, cause) => expect(causeOf(ends)).toBe(cause));

  const candidate = (more: Partial<Candidate>): Candidate => ({
    ...{ trunkGroupId: null, gatewayId: null, endpointId: 'x', uri: 'sip:x', dialUser: null, chosen: true, reason: 'x' },
    ...more,
  });
  const first = candidate({ within: [visit('e')] });
  const onBusy = candidate({ after: [{ visit: visit('e'), on: ['busy'] }] });
  const end = (ends: readonly AttemptEnd[], isFinal: boolean, of = first): Tried => ({ candidate: of, ends, isFinal });

  it('lets a fallback follow a final answer, and nobody else', () => {
    expect(isDue(onBusy, [end([failed(486)], true)])).toBe(true);
    expect(isDue(candidate({ within: [visit('e')] }), [end([failed(486)], true)])).toBe(false);
    expect(isDue(candidate({ within: [visit('e')] }), [end([failed(503)], false)])).toBe(true);
    expect(isDue(onBusy, [end([rang], false)])).toBe(false);
  });

  it('does not let the rest of a fallback follow its own final answer, but the fallback of the whole', () => {
    const inner = candidate({ within: [visit('out')], after: [{ visit: visit('e'), on: ['busy'] }] });
    const whole = candidate({ after: [{ visit: visit('out'), on: ['busy'] }] });
    const tried = [end([failed(486)], true, candidate({ within: [visit('e'), visit('out')] })), end([failed(486)], true, inner)];
    expect(isDue(inner, tried)).toBe(false);
    expect(isDue(whole, tried)).toBe(true);
  });

  it('skips a fallback behind a fallback that was skipped', () => {
    const deep = candidate({
      after: [
        { visit: visit('e'), on: ['busy'] },
        { visit: visit('f'), on: ['unreachable'] },
      ],
    });
    expect(isDue(deep, [end([rang], false)])).toBe(false);
    expect(isDue(deep, [end([failed(486)], true)])).toBe(true);
  });
});

const LUNCH = { at: at('2026-01-12T12:00:00Z') };
const NIGHT = { at: at('2026-01-12T22:00:00Z') };
const office = routed('desk', schedule([{ windows: [OFFICE], endpointId: 'hall' }], 'voicemail'));
const places = [place('hall'), place('voicemail'), place('spare')];
const rung = (...ids: string[]) => `in ${ids.map((id) => `sip:${id}@pbx.example`).join(' ')}`;
const behind = (endpointId: string, ...on: FallbackCause[]) => ({ fallback: { on, endpointId } });
const of =
  (text: string, more: Partial<DecisionSettings> = {}) =>
  (name: string, records: readonly RouteRecord[], expected: string, request = inbound(A)): Row =>
    row(`${text}: ${name}`, request, records, expected, more);
const kinds = of('an endpoint');
const forwards = of('a forward', ON_NET);

describe('inbound calls through every kind of endpoint', () => {
  checkRows([
    kinds('a trunk group of the holder', [routed('desk', { kind: 'trunk_group', trunkGroupId: 'pbx' })], 'in p1 p2'),
    kinds('a trunk group of somebody else', [routed('desk', { kind: 'trunk_group', trunkGroupId: 'gpbx' })], '480 no_destination'),
    kinds('a schedule by day', [office, ...places], rung('hall'), inbound(A, LUNCH)),
    kinds('a schedule by night', [office, ...places], rung('voicemail'), inbound(A, NIGHT)),
    kinds('a schedule that says nobody', [routed('desk', schedule([], null))], '480 no_destination'),
    kinds('a schedule to an inactive endpoint', [office, place('hall', { status: 'inactive' })], '480 no_destination', inbound(A, LUNCH)),
    kinds('a schedule to a foreign endpoint', [office, place('hall', { accountId: 'globex' })], '480 no_destination', inbound(A, LUNCH)),
    kinds('a fallback behind its targets', [place('desk', behind('spare', 'busy')), ...places], rung('desk', 'spare')),
    kinds(
      'a fallback where nothing is before it',
      [endpoint('desk', { targets: [], ...behind('spare', 'unreachable') }), ...places],
      rung('spare'),
    ),
    kinds(
      'a fallback that waits for busy where nothing is before it',
      [endpoint('desk', { targets: [], ...behind('spare', 'busy') }), ...places],
      '480 no_destination',
    ),
    kinds(
      'no fallback of an inactive endpoint',
      [place('desk', { status: 'inactive', ...behind('spare', 'unreachable') }), ...places],
      '480 no_destination',
    ),
    kinds(
      'a fallback to the same place',
      [place('desk', behind('spare', 'busy')), endpoint('spare', { targets: place('desk').targets })],
      rung('desk'),
    ),
    kinds('a circle of two', [place('desk', behind('spare', 'busy')), place('spare', behind('desk', 'busy'))], rung('desk', 'spare')),
    kinds('a circle of schedules', [routed('desk', schedule([], 'hall')), routed('hall', schedule([], 'desk'))], '480 no_destination'),
    kinds(
      'five in a row, and no sixth',
      [...['desk', 'e2', 'e3', 'e4', 'e5'].map((id, n) => place(id, behind(`e${n + 2}`, 'busy'))), place('e6')],
      rung('desk', 'e2', 'e3', 'e4', 'e5'),
    ),
    forwards('by the routes', [routed('desk', forward(FAR))], 'in c1 c2'),
    forwards(
      'where the number may not call out',
      [routed('desk', forward(FAR)), number(A, { allowOutbound: false })],
      '403 number_outbound_disabled',
    ),
    forwards(
      'to where the account may not call',
      [routed('desk', forward(FAR)), account('acme', { destinations: { blocked: ['49'] } })],
      '403 destination_blocked',
    ),
    forwards(
      'of an account whose calls out are stopped',
      [routed('desk', forward(FAR)), account('acme', { outboundStopped: true })],
      '403 outbound_stopped',
    ),
    forwards(
      'of such an account to a number of ours',
      [routed('desk', forward(A2)), account('acme', { outboundStopped: true })],
      'in p1 p2',
    ),
    forwards('without a route', [routed('desk', forward('+81312345678'))], '404 no_route'),
    forwards(
      'where every gateway is off',
      [routed('desk', forward('+12025550199')), group('carrier2', { enabled: false })],
      '503 no_carrier',
    ),
    forwards('to a number of the account', [routed('desk', forward(A2))], 'in p1 p2'),
    forwards('to a number of another account', [routed('desk', forward(G))], 'in sip:globex.example'),
    forwards(
      'to a number that takes no calls',
      [routed('desk', forward(G)), number(G, { ownerAccountId: 'globex', endpointId: 'globex-desk', allowInbound: false })],
      '403 number_inbound_disabled',
    ),
    forwards('to itself', [routed('desk', forward(A))], '482 loop'),
    forwards(
      'in a circle',
      [
        routed('desk', forward(SUB)),
        number(SUB, { subAccountId: 'acme-sub', endpointId: 'back' }),
        routed('back', forward(A), { accountId: 'acme-sub' }),
      ],
      '482 loop',
    ),
    forwards('in a circle, with a fallback', [routed('desk', forward(A), behind('spare', 'unreachable')), ...places], rung('spare')),
    forwards(
      'as fallback, to a number behind the same PBX',
      [pbx(behind('away', 'no_answer')), routed('away', forward(A2)), number(A2)],
      'in sip:pbx.example sip:pbx.example',
    ),
    forwards('as fallback', [place('desk', behind('away', 'no_answer')), routed('away', forward(FAR))], `${rung('desk')} c1 c2`),
  ]);

  it('a forward by carriers stays with the carriers where on-net calls do', () => {
    const { decision } = decide(world([routed('desk', forward(G))]), inbound(A));
    expect(shown(decision)).toBe('in d1');
  });
});

describe('a forwarded call', () => {
  const connect = (records: readonly RouteRecord[], asked = inbound(A)) => {
    const { decision } = decide(world(records), asked, { defaultCountry: null, unknownSource: 'drop', ...ON_NET });
    if (decision.outcome !== 'connect') throw new Error(shown(decision));
    return decision;
  };

  it('presents the number that passed it on, and names every one that did, the last one first', () => {
    const far = connect([
      routed('desk', forward(SUB)),
      number(SUB, { subAccountId: 'acme-sub', endpointId: 'back' }),
      routed('back', schedule([], 'out'), { accountId: 'acme-sub' }),
      routed('out', forward(FAR), { accountId: 'acme-sub' }),
    ]);
    expect(far.candidates[0]).toMatchObject({
      gatewayId: 'c1',
      dialUser: FAR,
      leaves: { accountId: 'acme', subAccountId: 'acme-sub', numberId: `n${SUB}`, called: FAR },
      diverted: [
        { e164: SUB, reason: 'time-of-day' },
        { e164: A, reason: 'unconditional' },
      ],
    });
    expect(far.parties).toMatchObject({ direction: 'inbound', numberId: `n${A}`, otherNumberIds: [`n${SUB}`] });
  });

  it('uses up the minutes of whoever sends it out, and of no number that it passes on the way', () => {
    const timed = { limits: { ...UNLIMITED, minutesPerDayMax: 9 } };
    const { leases, candidates } = connect([
      account('acme', { country: 'GB', ...timed }),
      account('globex', { country: 'US', ...timed }),
      number(A, timed),
      number(A2, { endpointId: 'out', trunkGroupId: null, ...timed }),
      number(G, { ownerAccountId: 'globex', endpointId: 'globex-desk', ...timed }),
      routed('desk', forward(G)),
      routed('globex-desk', forward(A2), { accountId: 'globex' }),
      routed('out', forward(FAR)),
    ]);
    const [first] = candidates;
    expect(minuteScopes(leasesWith(leases, first?.leases ?? [])).map(({ id }) => id)).toEqual(['acme', `n${A2}`]);
    expect(first?.leaves).toEqual({ accountId: 'acme', subAccountId: null, numberId: `n${A2}`, called: FAR });
  });

  it('says why a fallback passed it on, where there is one reason', () => {
    const reasons = (['busy', 'no_answer', 'unreachable'] as const).map((cause) => {
      const { candidates } = connect([place('desk', behind('away', cause)), routed('away', forward(FAR))]);
      return candidates.find(({ gatewayId }) => gatewayId === 'c1')?.diverted?.[0]?.reason;
    });
    expect(reasons).toEqual(['user-busy', 'no-answer', 'unavailable']);
  });

  it('holds the number it rings and a channel of its account while it does, and counts for both numbers', () => {
    const { candidates, leases, parties } = connect([routed('desk', forward(G))]);
    expect(candidates[0]?.leases?.map(({ kind, id }) => `${kind} ${id}`)).toEqual([`number n${G}`, 'account globex']);
    expect(leases.map(({ kind, id }) => `${kind} ${id}`)).toEqual([`number n${A}`, 'account acme', 'trunk_group carrier']);
    expect(parties.otherNumberIds).toEqual([`n${G}`]);
    expect(candidates[0]?.of).toBe('globex');
  });

  it('goes to the fallback where the number it is forwarded to is full', () => {
    const records = [routed('desk', forward(G), behind('spare', 'unreachable')), place('spare')];
    const full = [{ kind: 'number', id: `n${G}`, why: 'channels' } as const];
    expect(shown(connect(records, inbound(A, { full })))).toBe(rung('spare'));
  });
});

describe('minutes of a forwarded call', () => {
  const limited = account('acme', { limits: { channelsMax: 5, perSecondMax: null, minutesPerDayMax: 60 } });
  const minutes = { full: [{ kind: 'account', id: 'acme', why: 'minutes' } as const] };
  const decided = (records: readonly RouteRecord[], more = {}) =>
    decide(world([limited, ...records]), inbound(A, more), { defaultCountry: null, unknownSource: 'drop', ...ON_NET }).decision;

  it('are those of the account that forwards, as far as the call leaves', () => {
    const away = decided([place('desk', behind('away', 'no_answer')), routed('away', forward(FAR))]);
    if (away.outcome !== 'connect') throw new Error(shown(away));
    expect(away.leases.every(({ minutesPerDayMax }) => minutesPerDayMax === undefined)).toBe(true);
    const [desk, carrier] = away.candidates;
    expect(desk?.leases).toBeUndefined();
    expect(carrier?.leases?.[0]).toMatchObject({ kind: 'account', id: 'acme', minutesPerDayMax: 60 });
    expect(leasesWith(away.leases, carrier?.leases ?? [])).toContainEqual(carrier?.leases?.[0]);
  });

  it('keep only what leaves from being tried once they are used up', () => {
    expect(shown(decided([routed('desk', forward(FAR))], minutes))).toBe('403 minutes_exhausted');
    expect(shown(decided([place('desk', behind('away', 'busy')), routed('away', forward(FAR))], minutes))).toBe(rung('desk'));
    expect(shown(decided([routed('desk', forward(G))], minutes))).toBe('in sip:globex.example');
  });
});

const onNet = of('on-net', ON_NET);
const alice = (to: string) => login('alice', A, to);
describe('calls on-net', () => {
  checkRows([
    onNet('to a number of the same account', [], 'internal p1 p2', alice(A2)),
    onNet('to a number of another account', [], 'internal sip:globex.example', alice(G)),
    onNet('from a customer group', [], 'internal sip:globex.example', trunk('pbx', A, G)),
    onNet('the caller may not call out', [number(A, { allowOutbound: false })], '403 number_outbound_disabled', alice(G)),
    onNet(
      'the callee takes no calls',
      [number(G, { ownerAccountId: 'globex', endpointId: 'globex-desk', allowInbound: false })],
      '403 number_inbound_disabled',
      alice(G),
    ),
    onNet('the callee is suspended', [number(G, { ownerAccountId: 'globex', suspendedBy: ['billing'] })], '480 number_suspended', alice(G)),
    onNet('the account of the callee is disabled', [account('globex', { status: 'disabled' })], '480 account_disabled', alice(G)),
    onNet('the callee is on its way out', [number(G, { lifecycle: 'releasing' })], '404 number_unknown', alice(G)),
    onNet('the callee rings nobody', [number(G, { ownerAccountId: 'globex', endpointId: null })], '480 no_destination', alice(G)),
    onNet(
      'where calls of the account may not go',
      [account('acme', { destinations: { blocked: ['1'] } })],
      '403 destination_blocked',
      alice(G),
    ),
    onNet('to a number of the other mode goes by the carrier', [], 'out c1 c2', alice('+442071838799')),
    onNet('to a forward by the carriers', [routed('globex-desk', forward(FAR), { accountId: 'globex' })], 'internal c1 c2', alice(G)),
    onNet('needs no route', [routeSet('platform')], 'internal p1 p2', alice(A2)),
    row('off: by the carrier', alice(G), [], 'out d1', { sipDomain: 'sip.example' }),
    onNet('a user of the account by name', [credential('bob')], 'internal sip:bob@sip.example', alice('bob')),
    onNet('a user by name, whatever case', [credential('bob')], 'internal sip:bob@sip.example', alice('BOB')),
    onNet('a user by a short name that is no code', [credential('1201')], 'internal sip:1201@sip.example', alice('1201')),
    onNet('nobody of that name', [], '484 dial_string_invalid', alice('bob')),
    onNet('a user of another account', [], '484 dial_string_invalid', alice('gina')),
    onNet('a user of a sub-account', [], '484 dial_string_invalid', alice('sub')),
    onNet('a user that is disabled', [credential('bob', { enabled: false })], '484 dial_string_invalid', alice('bob')),
    onNet('a user of the other mode', [credential('bob', { mode: 'test' })], '484 dial_string_invalid', alice('bob')),
    onNet('a user by a customer group, which has no realm', [credential('bob')], '484 dial_string_invalid', trunk('pbx', A, 'bob')),
    onNet('a user calls without a number', [credential('bob')], 'internal sip:bob@sip.example', login('alice', 'alice', 'bob')),
    onNet(
      'a user with a number that may not call',
      [credential('bob'), number(A, { allowOutbound: false })],
      '403 number_outbound_disabled',
      alice('bob'),
    ),
  ]);

  it('count for both numbers and hold both sides', () => {
    const { decision } = decide(world([]), alice(G), { defaultCountry: null, unknownSource: 'drop', ...ON_NET });
    if (decision.outcome !== 'connect') throw new Error(shown(decision));
    expect(decision.parties).toMatchObject({ direction: 'internal', accountId: 'acme', numberId: `n${A}`, otherNumberIds: [`n${G}`] });
    const held = decision.leases.map(({ kind, id }) => `${kind} ${id}`);
    expect(held).toEqual([`number n${A}`, 'account acme', `number n${G}`, 'account globex']);
  });

  it('tell a tenant nothing of the other account but that there was somebody', () => {
    const records = world([
      routed('globex-desk', schedule([], 'globex-hall'), { accountId: 'globex' }),
      place('globex-hall', { accountId: 'globex' }),
    ]);
    const { decision } = decide(records, alice(G), { defaultCountry: null, unknownSource: 'drop', ...ON_NET });
    const told = explainForTenant(decision, (ref) => records.get(ref));
    expect(told.candidates).toEqual([
      { name: 'carrier 1', isOwn: false, endpointId: null, trunkGroupId: null, uri: null, chosen: true, reason: 'chosen by the platform' },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/globex|schedule|Europe/);
    expect(told.steps.filter(({ step }) => step === 'callee').every(({ facts }) => Object.keys(facts).length === 0)).toBe(true);
    const { decision: own } = decide(records, alice(A2), { defaultCountry: null, unknownSource: 'drop', ...ON_NET });
    expect(explainForTenant(own, (ref) => records.get(ref)).candidates[0]).toMatchObject({ trunkGroupId: 'pbx', name: 'target 1' });
  });

  it('a user without a number presents its own name', () => {
    const { decision } = decide(world([credential('bob')]), login('alice', 'whoever', 'bob'), {
      defaultCountry: null,
      unknownSource: 'drop',
      ...ON_NET,
    });
    expect(decision.parties).toMatchObject({ direction: 'internal', caller: 'alice', called: 'bob', numberId: null });
  });
});
