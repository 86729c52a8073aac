import type { CallRequest, Decision, DecisionSettings, MatchedSource } from '../../src/domain/call.ts';
import { decideCall } from '../../src/domain/call-decision.ts';
import type { RecordView } from '../../src/domain/record-view.ts';
import {
  type AccountRecord,
  type CredentialRecord,
  type EndpointRecord,
  type GatewayRecord,
  type NumberRecord,
  type OutboundRoute,
  type RecordRef,
  type RouteRecord,
  recordRef,
  type TrunkGroupRecord,
  type Versioned,
} from '../../src/domain/records.ts';

/** Records of a small made-up world, built by name; every default is the plain working case. */
export const account = (id: string, more: Partial<AccountRecord> = {}): AccountRecord => ({
  kind: 'account',
  id,
  parentId: null,
  status: 'active',
  country: null,
  routeSetId: id,
  ...more,
});

export const number = (e164: string, more: Partial<NumberRecord> = {}): NumberRecord => ({
  kind: 'number',
  id: `n${e164}`,
  e164,
  mode: 'live',
  ownerAccountId: 'acme',
  subAccountId: null,
  lifecycle: 'active',
  suspendedBy: [],
  allowInbound: true,
  allowOutbound: true,
  endpointId: 'desk',
  trunkGroupId: null,
  ...more,
});

export const endpoint = (id: string, more: Partial<EndpointRecord> = {}): EndpointRecord => ({
  kind: 'endpoint',
  id,
  accountId: 'acme',
  status: 'active',
  targets: [{ uri: 'sip:desk@pbx.example', priority: 10, weight: 1 }],
  ...more,
});

export const gateway = (id: string, more: Partial<GatewayRecord> = {}): GatewayRecord => ({
  id,
  uri: `sip:${id}.example:5060`,
  priority: 10,
  weight: 1,
  enabled: true,
  ...more,
});

export const group = (id: string, more: Partial<TrunkGroupRecord> = {}): TrunkGroupRecord => ({
  kind: 'trunk_group',
  id,
  name: id,
  groupKind: 'carrier',
  accountId: null,
  mode: 'live',
  enabled: true,
  numberFormat: null,
  country: null,
  gateways: [gateway(`${id}-1`)],
  ...more,
});

export const credential = (username: string, more: Partial<CredentialRecord> = {}): CredentialRecord => ({
  kind: 'credential',
  id: `c-${username}`,
  username,
  realm: 'sip.example',
  accountId: 'acme',
  subAccountId: null,
  mode: 'live',
  e164: null,
  enabled: true,
  sealedHa1: '',
  digest: null,
  ...more,
});

export const route = (prefix: string, trunkGroupId: string, more: Partial<OutboundRoute> = {}): OutboundRoute => ({
  id: `r-${prefix}-${trunkGroupId}`,
  prefix,
  trunkGroupId,
  priority: 10,
  weight: 1,
  ...more,
});

export const routeSet = (id: string, ...routes: OutboundRoute[]): RouteRecord => ({ kind: 'route_set', id, routes });

export function refOf(record: RouteRecord): RecordRef {
  switch (record.kind) {
    case 'number':
      return recordRef.number(record.mode, record.e164);
    case 'endpoint':
      return recordRef.endpoint(record.id);
    case 'trunk_group':
      return recordRef.trunkGroup(record.id);
    case 'credential':
      return recordRef.credential(record.realm, record.username);
    case 'account':
      return recordRef.account(record.id);
    case 'route_set':
      return recordRef.routeSet(record.id);
    case 'source':
      return recordRef.source(record.trunkGroupId);
  }
}

/** Records by reference, all at version 1; later ones of the same name win. Absent ones read as `{version: 0, record: null}`. */
export function worldOf(...records: readonly RouteRecord[]): ReadonlyMap<RecordRef, Versioned> {
  return new Map(records.map((record) => [refOf(record), { version: 1, record }]));
}

export const settings: DecisionSettings = { defaultCountry: null, unknownSource: 'drop' };

export const source = (trunkGroupId: string, more: Partial<MatchedSource> = {}): MatchedSource => ({
  trunkGroupId,
  groupKind: 'carrier',
  accountId: null,
  mode: 'live',
  entry: '192.0.2.0/24',
  exactPort: false,
  exactTransport: false,
  prefixBits: 24,
  ...more,
});

export const request = (more: Partial<CallRequest> = {}): CallRequest => ({
  callId: '01890000-0000-7000-8000-000000000001',
  at: 1_750_000_000_000,
  sourceIp: '192.0.2.7',
  sourcePort: 5060,
  transport: 'udp',
  requestUser: '+442071838750',
  requestUriParams: {},
  requestHostIsOurs: true,
  toUser: '+442071838750',
  caller: { from: '+12025550123' },
  privacyId: false,
  maxForwards: 70,
  sources: [],
  auth: { result: 'none' },
  ...more,
});

/** The driver in small: loads what is needed from the world until the decision stands. */
export function decide(
  world: ReadonlyMap<RecordRef, Versioned>,
  asked: CallRequest,
  with_: DecisionSettings = settings,
): { readonly decision: Decision; readonly rounds: number; readonly consulted: ReadonlySet<RecordRef> } {
  const loaded = new Map<RecordRef, Versioned>();
  const consulted = new Set<RecordRef>();
  const view: RecordView = {
    get(ref) {
      const found = loaded.get(ref);
      if (found !== undefined) consulted.add(ref);
      return found;
    },
  };
  for (let rounds = 1; rounds <= 20; rounds += 1) {
    consulted.clear();
    const result = decideCall(asked, view, with_);
    if (result.outcome !== 'need') return { decision: result, rounds, consulted };
    for (const ref of result.refs) {
      if (loaded.has(ref)) throw new Error(`asked twice for ${ref}`);
      loaded.set(ref, world.get(ref) ?? { version: 0, record: null });
    }
  }
  throw new Error('the decision never had enough');
}
