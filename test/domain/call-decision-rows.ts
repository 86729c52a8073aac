import { expect, it } from 'vitest';
import type { CallRequest, Decision, DecisionSettings } from '../../src/domain/call.ts';
import type { RecordRef, RouteRecord, Versioned } from '../../src/domain/records.ts';
import { CALL_REFUSALS } from '../../src/domain/refusal.ts';
import {
  account,
  credential,
  decide,
  endpoint,
  gateway,
  group,
  number,
  request,
  route,
  routeSet,
  settings,
  source,
  worldOf,
} from './world.ts';

export const A = '+442071838750';
export const A2 = '+442071838751';
export const SUB = '+442071838760';
export const G = '+12025550123';
export const T = '+442071838799';
export const FAR = '+4930123456';
export const STRANGER = '+33612345678';

/** The world every row starts from; a row replaces records of the same name. */
export const BASE: readonly RouteRecord[] = [
  account('acme', { country: 'GB' }),
  account('acme-sub', { parentId: 'acme', routeSetId: 'acme' }),
  account('globex', { country: 'US' }),
  number(A),
  number(A2, { endpointId: null, trunkGroupId: 'pbx' }),
  number(SUB, { subAccountId: 'acme-sub' }),
  number(G, { ownerAccountId: 'globex', endpointId: 'globex-desk' }),
  number(T, { mode: 'test' }),
  endpoint('desk'),
  endpoint('globex-desk', { accountId: 'globex', targets: [{ uri: 'sip:globex.example', priority: 1, weight: 1 }] }),
  group('carrier', { gateways: [gateway('c1', { priority: 1 }), gateway('c2', { priority: 2 })] }),
  group('carrier2', { gateways: [gateway('d1')] }),
  group('lab', { mode: 'test', gateways: [gateway('lab1')] }),
  group('pbx', { groupKind: 'customer', accountId: 'acme', gateways: [gateway('p1', { priority: 1 }), gateway('p2', { priority: 2 })] }),
  group('subpbx', { groupKind: 'customer', accountId: 'acme-sub' }),
  group('gpbx', { groupKind: 'customer', accountId: 'globex' }),
  credential('alice'),
  credential('only', { e164: A }),
  credential('sub', { subAccountId: 'acme-sub' }),
  credential('gina', { accountId: 'globex' }),
  routeSet('platform', route('44', 'carrier'), route('49', 'carrier'), route('1', 'carrier2'), route('=112', 'carrier2')),
];

export interface Row {
  readonly name: string;
  readonly request: CallRequest;
  readonly records: readonly RouteRecord[];
  /** `in`/`out`/`internal` and the chosen in order, `403 code`, `challenge [stale|failed]` or `drop`. */
  readonly expected: string;
  readonly settings: DecisionSettings;
}

type More = Partial<CallRequest>;

/** A call from a source in the ACLs of these groups. */
export const from = (groups: readonly string[], to: string, more: More = {}): CallRequest =>
  request({
    requestUser: to,
    toUser: to,
    caller: { from: STRANGER },
    sources: groups.map((id) => source(id, { groupKind: id.includes('pbx') ? 'customer' : 'carrier' })),
    ...more,
  });

/** A call from the carrier. */
export const inbound = (to: string, more: More = {}): CallRequest => from(['carrier'], to, more);

/** A call with the right digest answer of that user. */
export const login = (username: string, caller: string, to: string, more: More = {}): CallRequest =>
  request({
    requestUser: to,
    toUser: to,
    caller: { from: caller },
    auth: { result: 'valid', realm: 'sip.example', username },
    ...more,
  });

/** A call from a customer's own address. */
export const trunk = (id: string, caller: string, to: string, more: More = {}): CallRequest =>
  from([id], to, { caller: { from: caller }, ...more });

export const row = (
  name: string,
  asked: CallRequest,
  records: readonly RouteRecord[],
  expected: string,
  more: Partial<DecisionSettings> = {},
): Row => ({ name, request: asked, records, expected, settings: { ...settings, ...more } });

/** A decision in the words of a row. */
export function shown(decision: Decision): string {
  switch (decision.outcome) {
    case 'connect': {
      const way = { inbound: 'in', outbound: 'out', internal: 'internal', unknown: 'unknown' }[decision.parties.direction];
      const chosen = decision.candidates.filter((candidate) => candidate.chosen);
      return [way, ...chosen.map(({ gatewayId, uri }) => gatewayId ?? uri)].join(' ');
    }
    case 'reject':
      return `${decision.sipStatus} ${decision.code}`;
    case 'challenge':
      return ['challenge', ...(decision.stale ? ['stale'] : []), ...(decision.failed ? ['failed'] : [])].join(' ');
    case 'drop':
      return 'drop';
  }
}

/** The base world with these records in the place of those of the same name. */
export const world = (records: readonly RouteRecord[]): ReadonlyMap<RecordRef, Versioned> => worldOf(...BASE, ...records);

/** One test per row. */
export function checkRows(rows: readonly Row[]): void {
  it.each(rows.map((one) => [one.name, one.expected, one] as const))('%s → %s', (_row, expected, one) => {
    const { decision } = decide(world(one.records), one.request, one.settings);
    expect(shown(decision)).toBe(expected);
    if (decision.outcome === 'reject') expect(CALL_REFUSALS[decision.code].sipStatus).toBe(decision.sipStatus);
    // A fallback that leads nowhere is no failure of the call.
    const isPlain = decision.outcome === 'connect' && decision.candidates.every(({ within }) => within === undefined);
    if (isPlain) expect(decision.steps.at(-1)?.ok).toBe(true);
  });
}

export const wrong = (username: string) => ({ auth: { result: 'wrong', realm: 'sip.example', username } as const });
export const stale = (username: string) => ({ auth: { result: 'stale', realm: 'sip.example', username } as const });
export const foreignHost = { requestHostIsOurs: false };
export const DESK = 'in sip:desk@pbx.example';
export const target = (uri: string, priority: number, weight = 1) => ({ uri, priority, weight });
export const exact = (id: string, kind: 'carrier' | 'customer' = 'customer') =>
  source(id, { groupKind: kind, exactPort: true, prefixBits: 32, entry: '192.0.2.7:5060' });
export const wide = (id: string, bits: number, kind: 'carrier' | 'customer' = 'customer') =>
  source(id, { groupKind: kind, prefixBits: bits });

export const two = (more: Parameters<typeof endpoint>[1] = {}) =>
  endpoint('desk', { targets: [target('sip:b@x', 20), target('sip:a@x', 10)], ...more });
export const off = (id: string) => account(id, { status: 'disabled' });

export const routes = (...list: Parameters<typeof routeSet>[1][]) => routeSet('platform', ...list);
export const own = (...list: Parameters<typeof routeSet>[1][]) => routeSet('acme', ...list);
export const only = (id: string, more: Parameters<typeof group>[1] = {}) => group(id, { gateways: [gateway(`${id}1`)], ...more });
