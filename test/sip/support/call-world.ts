import { ha1Of, sealHa1 } from '../../../src/app/sip-credentials/ha1.ts';
import {
  type AccountRecord,
  type CredentialRecord,
  type EndpointRecord,
  type GatewayRecord,
  type NumberRecord,
  type RecordRef,
  type RouteRecord,
  type RouteSetRecord,
  recordRef,
  type SourceRecord,
  type TrunkGroupRecord,
} from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { createSealer } from '../../../src/kit/seal.ts';
import type { OpenPlane } from '../../redis/support/plane.ts';
import type { Party } from '../../support/sip/party.ts';

export const DOMAIN = 'dialplane.test';
export const NUMBER = '+442071838750';
export const OTHER_NUMBER = '+442071838751';
export const LOGIN = { realm: DOMAIN, username: 'alice' };
export const PASSWORD = 'correct horse';
export const sealer = createSealer('test-sealing-key-0123456789abcdef');

/** The records of a small site in Redis: a carrier, an endpoint, an account with a number and a login. Each `put` is a new version. */
export class CallWorld {
  readonly ids = { account: newId(), number: newId(), endpoint: newId(), carrier: newId() };
  readonly #plane: OpenPlane;
  readonly #versions = new Map<RecordRef, number>();

  constructor(plane: OpenPlane) {
    this.#plane = plane;
  }

  /** Applies a record as the relay does; resolves when it is in force. */
  async put(ref: RecordRef, record: RouteRecord | null): Promise<number> {
    const version = (this.#versions.get(ref) ?? 0) + 1;
    this.#versions.set(ref, version);
    const [result] = await this.#plane.writer.apply(1, [{ ref, version, record }]);
    if (result !== 'applied') throw new Error(`${ref} v${version}: ${result}`);
    return version;
  }

  account(changes: Partial<AccountRecord> = {}): Promise<number> {
    const { account: id } = this.ids;
    const record = { kind: 'account', id, parentId: null, status: 'active', country: 'GB', routeSetId: 'platform', ...changes } as const;
    return this.put(recordRef.account(id), record);
  }

  number(changes: Partial<NumberRecord> = {}): Promise<number> {
    const record: NumberRecord = {
      kind: 'number',
      id: this.ids.number,
      e164: NUMBER,
      mode: 'live',
      ownerAccountId: this.ids.account,
      subAccountId: null,
      lifecycle: 'active',
      suspendedBy: [],
      allowInbound: true,
      allowOutbound: true,
      endpointId: this.ids.endpoint,
      trunkGroupId: null,
      ...changes,
    };
    return this.put(recordRef.number('live', record.e164), record);
  }

  endpoint(parties: readonly (Party | string)[], changes: Partial<EndpointRecord> = {}): Promise<number> {
    const { endpoint: id, account: accountId } = this.ids;
    const targets = parties.map((party, index) => ({ uri: uriOf(party), priority: index, weight: 1 }));
    return this.put(recordRef.endpoint(id), { kind: 'endpoint', id, accountId, status: 'active', targets, ...changes });
  }

  /** The carrier group: its gateways in order, and the addresses its calls come from. */
  async carrier(gateways: readonly (Party | string)[], sources: readonly Party[], changes: Partial<TrunkGroupRecord> = {}): Promise<void> {
    const { carrier: id } = this.ids;
    const shared = { groupKind: 'carrier', accountId: null, mode: 'live' } as const;
    const rows: GatewayRecord[] = gateways.map((party, index) => ({
      id: newId(),
      uri: typeof party === 'string' ? party : `sip:127.0.0.1:${party.port}${party.transport === 'tcp' ? ';transport=tcp' : ''}`,
      priority: index,
      weight: 1,
      enabled: true,
    }));
    const plain = { name: 'carrier', enabled: true, numberFormat: null, country: null };
    await this.put(recordRef.trunkGroup(id), { kind: 'trunk_group', id, ...shared, ...plain, gateways: rows, ...changes });
    await this.source(sources);
  }

  source(parties: readonly Party[]): Promise<number> {
    const { carrier: trunkGroupId } = this.ids;
    const acl = parties.map(({ port }) => `127.0.0.1:${port}`);
    const record: SourceRecord = { kind: 'source', trunkGroupId, groupKind: 'carrier', accountId: null, mode: 'live', acl };
    return this.put(recordRef.source(trunkGroupId), record);
  }

  routes(changes: Partial<RouteSetRecord> = {}): Promise<number> {
    const routes = [{ id: newId(), prefix: '', trunkGroupId: this.ids.carrier, priority: 0, weight: 1 }];
    return this.put(recordRef.routeSet('platform'), { kind: 'route_set', id: 'platform', routes, ...changes });
  }

  credential(changes: Partial<CredentialRecord> = {}, password = PASSWORD): Promise<number> {
    const record: CredentialRecord = {
      kind: 'credential',
      id: newId(),
      ...LOGIN,
      accountId: this.ids.account,
      subAccountId: null,
      mode: 'live',
      e164: null,
      enabled: true,
      sealedHa1: sealHa1(sealer, LOGIN, ha1Of(LOGIN, password)),
      digest: null,
      ...changes,
    };
    return this.put(recordRef.credential(record.realm, record.username), record);
  }

  /** Everything for a call in and a call out. */
  async site(carrier: Party, endpoint: Party): Promise<void> {
    await this.account();
    await this.number();
    await this.endpoint([endpoint]);
    await this.carrier([carrier], [carrier]);
    await this.routes();
    await this.credential();
  }
}

const uriOf = (party: Party | string): string => (typeof party === 'string' ? party : party.uri);
