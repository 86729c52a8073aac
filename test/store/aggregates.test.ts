import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../src/domain/account.ts';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import type { SipCredential } from '../../src/domain/sip-credential.ts';
import type { StoredOutboundRoute, TrunkGroup } from '../../src/domain/trunk-group.ts';
import { newId } from '../../src/kit/ids.ts';
import { addAccount, addStock, aSubAccount, giveTo, openStore, type StoreFixture, T0 } from './store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('aggregates');
});
afterAll(() => store.close());

const PAGE = { limit: 50, after: null };

const aGroup = (over: Partial<TrunkGroup> = {}): Omit<TrunkGroup, 'extId'> => ({
  id: newId(),
  name: 'carrier one',
  kind: 'carrier',
  accountId: null,
  mode: 'live',
  enabled: true,
  numberFormat: 'e164_plus',
  country: 'GB',
  gateways: [
    { id: newId(), uri: 'sip:192.0.2.1:5060', priority: 10, weight: 1, enabled: true },
    { id: newId(), uri: 'sip:192.0.2.2:5060', priority: 20, weight: 2, enabled: false },
  ],
  acl: ['192.0.2.0/24', '198.51.100.7:5080/tcp'],
  version: 1,
  sourceVersion: 1,
  createdAt: T0,
  updatedAt: T0,
  ...over,
});

test('accounts come back by id and auth id, save, and list by parent and kind', async () => {
  const parent = await addAccount(store);
  const [one, two] = [await addAccount(store, aSubAccount(parent)), await addAccount(store, aSubAccount(parent))];
  expect(await store.read((tx) => tx.accounts.byAuthId(parent.authId))).toEqual(parent);
  expect(await store.read((tx) => tx.accounts.byAuthId('MA_NOBODY'))).toBeNull();
  const saved = { ...parent, name: 'Ünïcode', status: 'disabled' as const, country: null, version: 2, updatedAt: T0 + 1 };
  await store.commit((tx) => tx.accounts.save(saved));
  expect(await store.read((tx) => tx.accounts.get(parent.id))).toEqual(saved);
  const children = await store.read((tx) => tx.accounts.childrenOf(parent.id));
  expect(children.map((child) => child.id).toSorted()).toEqual([one.id, two.id].toSorted());
  const [first] = await store.read((tx) => tx.accounts.list({ parentId: parent.id }, { limit: 1, after: null }));
  const rest = await store.read((tx) => tx.accounts.list({ parentId: parent.id }, { limit: 5, after: first! }));
  expect([first!.id, ...rest.map((account) => account.id)]).toEqual(children.map((child) => child.id));
  await expect(store.commit((tx) => tx.accounts.insert({ ...parent, id: newId() }))).rejects.toThrow('duplicate key');
});

test('keys are found by the hash of their secret alone, revoked once, and used at most once a minute on paper', async () => {
  const account = await addAccount(store);
  const key: ApiKey = {
    id: newId(),
    accountId: account.id,
    kind: 'key',
    prefix: 'kros_live_abcd',
    mode: 'live',
    role: 'owner',
    scopes: ['numbers:read'],
    allowedIps: ['192.0.2.0/24'],
    expiresAt: T0 + 1000,
    revokedAt: null,
    createdAt: T0,
  };
  const hash = randomBytes(32);
  await store.commit((tx) => tx.keys.insert(key, hash));
  expect(await store.read((tx) => tx.keys.bySecretHash(hash))).toEqual(key);
  expect(await store.read((tx) => tx.keys.bySecretHash(randomBytes(32)))).toBeNull();
  await store.commit((tx) => tx.keys.insert({ ...key, id: newId(), scopes: null }, randomBytes(32)));
  expect((await store.read((tx) => tx.keys.list(account.id, PAGE))).map((found) => found.scopes)).toEqual([['numbers:read'], null]);
  await store.commit(async (tx) => {
    await tx.keys.revoke(key.id, T0 + 5);
    await tx.keys.revoke(key.id, T0 + 6);
    for (const at of [T0 + 10, T0 + 59_000, T0 + 60_011]) await tx.keys.touchUsed(key.id, at);
  });
  expect((await store.read((tx) => tx.keys.get(key.id)))?.revokedAt).toBe(T0 + 5);
  expect(await store.sql('select last_used_at from api_keys where id = $1', [key.id])).toEqual([{ last_used_at: T0 + 60_011 }]);
});

test('users have memberships, oldest first, at most one an account', async () => {
  const [a, b] = [await addAccount(store), await addAccount(store)];
  const user = { id: newId(), email: 'x@example.org', createdAt: T0 };
  expect(await store.commit((tx) => tx.users.insert(user))).toBe(true);
  expect(await store.commit((tx) => tx.users.insert(user))).toBe(false);
  expect(await store.read((tx) => tx.users.get(user.id))).toEqual(user);
  await store.commit(async (tx) => {
    await tx.users.putMembership({ userId: user.id, accountId: a.id, role: 'member', createdAt: T0 + 2 });
    await tx.users.putMembership({ userId: user.id, accountId: b.id, role: 'owner', createdAt: T0 + 1 });
    await tx.users.putMembership({ userId: user.id, accountId: a.id, role: 'admin', createdAt: T0 + 9 });
  });
  const found = await store.read((tx) => tx.users.membershipsOf(user.id));
  expect(found.map(({ accountId, role, createdAt }) => [accountId, role, createdAt])).toEqual([
    [b.id, 'owner', T0 + 1],
    [a.id, 'admin', T0 + 2],
  ]);
  expect(await store.read((tx) => tx.users.listMemberships(a.id, PAGE))).toHaveLength(1);
  expect(await store.commit((tx) => tx.users.removeMembership(user.id, a.id))).toBe(true);
  expect(await store.commit((tx) => tx.users.removeMembership(user.id, a.id))).toBe(false);
});

test('endpoints keep their configuration as it was said and list by account, type and status', async () => {
  const account = await addAccount(store);
  const endpoint: Endpoint = {
    id: newId(),
    accountId: account.id,
    mode: 'live',
    name: 'pbx',
    type: 'livekit',
    url: null,
    providerConfig: { livekit_sip_uri: 'sip:x@192.0.2.1', z: 1, a: ['\u0000'] },
    status: 'active',
    targets: [{ uri: 'sip:x@192.0.2.1', priority: 10, weight: 1 }],
    version: 1,
    createdAt: T0,
    updatedAt: T0,
  };
  await store.commit((tx) => tx.endpoints.insert(endpoint));
  expect(await store.read((tx) => tx.endpoints.get(endpoint.id))).toEqual(endpoint);
  const saved = {
    ...endpoint,
    name: 'new',
    url: 'sip:y@192.0.2.1',
    status: 'inactive' as const,
    targets: [],
    version: 2,
    updatedAt: T0 + 1,
  };
  await store.commit((tx) => tx.endpoints.save(saved));
  const page = await store.read((tx) => tx.endpoints.list({ accountId: account.id, status: 'inactive' }, { limit: 5, offset: 0 }));
  expect(page).toEqual({ rows: [saved], total: 1 });
  expect(await store.read((tx) => tx.endpoints.list({ accountId: account.id, type: 'webhook' }, { limit: 5, offset: 0 }))).toEqual({
    rows: [],
    total: 0,
  });
  const using: Endpoint = {
    ...endpoint,
    id: newId(),
    targets: [],
    route: {
      kind: 'schedule',
      timeZone: 'UTC',
      rules: [{ dates: [{ from: '2026-12-24', to: '2026-12-26' }], endpointId: null }],
      otherwise: endpoint.id,
    },
    fallback: { on: ['busy'], endpointId: endpoint.id },
  };
  await store.commit((tx) => tx.endpoints.insert(using));
  expect(await store.commit((tx) => tx.endpoints.lockUsing({ endpointId: endpoint.id }))).toEqual([using]);
  expect(await store.commit((tx) => tx.endpoints.lockUsable([using.id, newId()]))).toEqual([using]);
  const { route: _, fallback: __, ...freed } = { ...using, version: 2 };
  await store.commit((tx) => tx.endpoints.save(freed));
  expect(await store.read((tx) => tx.endpoints.get(using.id))).toEqual(freed);
  expect(await store.commit((tx) => tx.endpoints.lockUsing({ endpointId: endpoint.id }))).toEqual([]);
  const number = await giveTo(store, await addStock(store), account);
  await store.commit((tx) => tx.numbers.save(number, { ...number, endpointId: endpoint.id, version: number.version + 1 }, 'patch'));
  expect(await store.read((tx) => tx.numbers.countUsing({ endpointId: endpoint.id }))).toBe(1);
  expect((await store.commit((tx) => tx.numbers.lockUsingEndpoint(endpoint.id))).map((found) => found.id)).toEqual([number.id]);
  await expect(store.commit((tx) => tx.endpoints.remove(endpoint.id))).rejects.toThrow('foreign key');
});

test('trunk groups come back with gateways in order and their ACL, and are replaced whole', async () => {
  const group = await store.commit((tx) => tx.trunkGroups.insert(aGroup()));
  expect(group.extId).toMatch(/^[0-9]{19}$/);
  expect(await store.read((tx) => tx.trunkGroups.get(group.id))).toEqual(group);
  const [first, second] = group.gateways;
  const saved: TrunkGroup = {
    ...group,
    name: 'other',
    enabled: false,
    gateways: [second!, { ...first!, weight: 7 }, { id: newId(), uri: 'sip:gw3', priority: 1, weight: 1, enabled: true }],
    acl: [],
    version: 2,
    sourceVersion: 3,
    updatedAt: T0 + 1,
  };
  await store.commit((tx) => tx.trunkGroups.save(saved));
  expect(await store.commit((tx) => tx.trunkGroups.lock(group.id))).toEqual(saved);
  await expect(store.commit((tx) => tx.trunkGroups.save({ ...saved, version: 1 }))).rejects.toThrow('older version');
  const owner = await addAccount(store);
  const customer = await store.commit((tx) => tx.trunkGroups.insert(aGroup({ kind: 'customer', accountId: owner.id, gateways: [] })));
  expect(await store.read((tx) => tx.trunkGroups.list({ accountId: owner.id }, PAGE))).toEqual([{ ...customer, identifiedBy: 'address' }]);
  expect((await store.read((tx) => tx.trunkGroups.otherSources(null))).map((other) => other.trunkGroupId)).toContain(customer.id);
  expect((await store.read((tx) => tx.trunkGroups.otherSources(customer.id))).map((other) => other.trunkGroupId)).not.toContain(
    customer.id,
  );
  await addStock(store, { carrierTrunkGroupId: group.id });
  expect(await store.read((tx) => tx.numbers.countUsing({ trunkGroupId: group.id }))).toBe(1);
  await store.commit((tx) => tx.trunkGroups.remove(customer.id));
  expect(await store.read((tx) => tx.trunkGroups.get(customer.id))).toBeNull();
  expect(await store.sql('select 1 from sources where trunk_group_id = $1', [customer.id])).toEqual([]);
});

test('route sets are made on first use, count their changes, and list by account, prefix and group', async () => {
  const [group, account] = [await store.commit((tx) => tx.trunkGroups.insert(aGroup())), await addAccount(store)];
  const route = (accountId: string | null, prefix: string): StoredOutboundRoute => ({
    id: newId(),
    prefix,
    trunkGroupId: group.id,
    priority: 10,
    weight: 1,
    accountId,
    createdAt: T0,
    updatedAt: T0,
  });
  const [own, platform] = [route(account.id, '44'), route(null, '=112')];
  await store.commit(async (tx) => {
    expect(await tx.routeSets.bump(account.id)).toBe(1);
    await tx.routeSets.insert(own);
    expect(await tx.routeSets.bump('platform')).toBe(2);
    await tx.routeSets.insert(platform);
    expect(await tx.routeSets.bump(account.id)).toBe(2);
  });
  expect(await store.read((tx) => tx.routeSets.routes(account.id))).toEqual([own]);
  expect(await store.read((tx) => tx.routeSets.list({ accountId: null }, PAGE))).toEqual([platform]);
  expect(await store.read((tx) => tx.routeSets.list({ prefix: '44', trunkGroupId: group.id }, PAGE))).toEqual([own]);
  expect(await store.read((tx) => tx.routeSets.countUsing(group.id))).toBe(2);
  const saved = { ...own, prefix: '', weight: 5, updatedAt: T0 + 1 };
  await store.commit((tx) => tx.routeSets.save(saved));
  expect(await store.read((tx) => tx.routeSets.get(own.id))).toEqual(saved);
  await store.commit((tx) => tx.routeSets.remove(own.id));
  expect(await store.read((tx) => tx.routeSets.get(own.id))).toBeNull();
  await expect(store.commit((tx) => tx.routeSets.save(saved))).rejects.toThrow('is gone');
});

test('SIP credentials are found by login without case, one a login and one a number', async () => {
  const owner = await addAccount(store);
  const number = await giveTo(store, await addStock(store), owner);
  const credential: SipCredential = {
    id: newId(),
    realm: 'dialplane.local',
    username: 'Alice',
    accountId: owner.id,
    subAccountId: null,
    numberId: number.id,
    e164: number.e164,
    mode: 'live',
    sealedPassword: 'sealed',
    sealedHa1: 'sealed too',
    digest: 'both',
    enabled: true,
    version: 1,
    createdAt: T0,
    updatedAt: T0,
  };
  await store.commit((tx) => tx.credentials.insert(credential));
  expect(await store.read((tx) => tx.credentials.byLogin('DIALPLANE.local', 'aLICE'))).toEqual(credential);
  expect(await store.read((tx) => tx.credentials.ofNumber(number.id))).toEqual(credential);
  const twin = { ...credential, id: newId(), username: 'ALICE', numberId: null, e164: null };
  await expect(store.commit((tx) => tx.credentials.insert(twin))).rejects.toThrow('sip_credentials_by_login');
  await expect(store.commit((tx) => tx.credentials.insert({ ...credential, id: newId(), username: 'b' }))).rejects.toThrow(
    'one_per_number',
  );
  const saved = { ...credential, enabled: false, digest: null, version: 2, updatedAt: T0 + 1 };
  await store.commit((tx) => tx.credentials.save(saved));
  expect(await store.read((tx) => tx.credentials.list({ accountId: owner.id }, PAGE))).toEqual([saved]);
  expect(await store.commit((tx) => tx.credentials.lock(credential.id))).toEqual(saved);
  await store.commit((tx) => tx.credentials.remove(credential.id));
  expect(await store.read((tx) => tx.credentials.get(credential.id))).toBeNull();
});
