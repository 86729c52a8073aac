import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyOperation } from '../../../src/http/operation.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { ApiAnswer, ApiRequest } from '../../support/api-call.ts';
import { DAY_MS, type TestAccount } from '../../support/api-harness.ts';
import { openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
let mine: { parent: TestAccount; child: TestAccount };
let other: { parent: TestAccount; child: TestAccount };
beforeAll(async () => {
  api = await openVobiz({}, { releaseTerms: { windowMs: DAY_MS, quarantineMs: 0 } });
  mine = await api.newFamily();
  other = await api.newFamily();
});
afterAll(() => api.close());

const operations = (): readonly AnyOperation[] => api.faces.find(({ name }) => name === 'vobiz')?.operations ?? [];
/** For each operation a request that its owner would get done: path without the account, and body. */
type Sample = (family: {
  parent: TestAccount;
  child: TestAccount;
}) => Promise<{ readonly e164?: string; readonly sub?: string; readonly id?: string; readonly body?: unknown }>;
const own: Sample = async ({ parent }) => ({ e164: (await api.newOwn(parent)).e164 });
const assigned: Sample = async ({ parent, child }) => ({ e164: (await api.newAssigned(parent, child)).e164 });
const newChild: Sample = async ({ parent }) => ({ sub: (await api.newAccount({ parent: parent.account })).account.authId });
const THINGS = {
  trunks: () => ({ name: 'Trunk' }),
  credentials: () => ({ username: newId(), password: 'long-enough' }),
  'ip-acl': () => ({ name: 'Office', ip_address: '10.66.1.1' }),
  'origination-uris': () => ({ name: 'PBX', sip_uri: 'sip:pbx.example', priority: 1 }),
  Endpoint: () => ({ username: newId().replaceAll('-', ''), password: 'long-enough' }),
};
/** One of the parent's things that hang on an id. */
const newThing = async ({ parent }: { parent: TestAccount }, kind: keyof typeof THINGS): ReturnType<Sample> => {
  const answer = await api.as(parent, 'POST', `/api/v1/Account/${parent.account.authId}/${kind}`, { body: THINGS[kind]() });
  return { id: answer.body.trunk_id ?? answer.body.endpoint_id ?? answer.body.id };
};
const samples: Readonly<Record<string, Sample>> = {
  listAccountNumbers: async () => ({}),
  listInventoryNumbers: async () => ({}),
  purchaseFromInventory: async () => ({ body: { e164: (await api.newStock()).e164 } }),
  getAccountNumber: own,
  unrentNumber: own,
  cancelNumberRelease: async (family) => {
    const { e164 = '' } = await own(family);
    const path = `/api/v1/Account/${family.parent.account.authId}/numbers/${encodeURIComponent(e164)}`;
    await api.as(family.parent, 'DELETE', path);
    return { e164 };
  },
  assignNumberToSubAccount: async (family) => ({ ...(await own(family)), body: { sub_account_id: family.child.account.authId } }),
  unassignNumberFromSubAccount: assigned,
  assignNumberToTrunkGroup: async (family) => ({ ...(await own(family)), body: { trunk_group_id: await api.newTrunk(family.parent) } }),
  unassignNumberFromTrunkGroup: async (family) => {
    const { e164 = '' } = await own(family);
    const path = `/api/v1/Account/${family.parent.account.authId}/numbers/${encodeURIComponent(e164)}/assign`;
    await api.as(family.parent, 'POST', path, { body: { trunk_group_id: await api.newTrunk(family.parent) } });
    return { e164 };
  },
  attachNumberToApplication: async (family) => ({
    ...(await own(family)),
    body: { application_id: await api.newApplication(family.parent) },
  }),
  detachNumberFromApplication: async (family) => {
    const { e164 = '' } = await own(family);
    const path = `/api/v1/Account/${family.parent.account.authId}/numbers/${encodeURIComponent(e164)}/application`;
    await api.as(family.parent, 'POST', path, { body: { application_id: await api.newApplication(family.parent) } });
    return { e164 };
  },
  getNumberHealth: own,
  listSubAccounts: async () => ({}),
  createSubAccount: async () => ({ body: { name: 'New' } }),
  getSubAccount: newChild,
  updateSubAccount: async (family) => ({ ...(await newChild(family)), body: { name: 'Other' } }),
  deleteSubAccount: newChild,
  listTrunks: async () => ({}),
  createTrunk: async () => ({ body: { name: 'New' } }),
  getTrunk: (family) => newThing(family, 'trunks'),
  updateTrunk: async (family) => ({ ...(await newThing(family, 'trunks')), body: { name: 'Other' } }),
  deleteTrunk: (family) => newThing(family, 'trunks'),
  listTrunkCredentials: async () => ({}),
  createTrunkCredential: async () => ({ body: THINGS.credentials() }),
  updateTrunkCredential: async (family) => ({ ...(await newThing(family, 'credentials')), body: { password: 'another-one' } }),
  deleteTrunkCredential: (family) => newThing(family, 'credentials'),
  listTrunkIpAcl: async () => ({}),
  createTrunkIpAcl: async () => ({ body: THINGS['ip-acl']() }),
  updateTrunkIpAcl: async (family) => ({ ...(await newThing(family, 'ip-acl')), body: { enabled: false } }),
  deleteTrunkIpAcl: (family) => newThing(family, 'ip-acl'),
  listOriginationUris: async () => ({}),
  createOriginationUri: async () => ({ body: THINGS['origination-uris']() }),
  updateOriginationUri: async (family) => ({ ...(await newThing(family, 'origination-uris')), body: { weight: 3 } }),
  deleteOriginationUri: (family) => newThing(family, 'origination-uris'),
  listSipEndpoints: async () => ({}),
  createSipEndpoint: async () => ({ body: THINGS.Endpoint() }),
  getSipEndpoint: (family) => newThing(family, 'Endpoint'),
  updateSipEndpoint: async (family) => ({ ...(await newThing(family, 'Endpoint')), body: { alias: 'Other' } }),
  deleteSipEndpoint: (family) => newThing(family, 'Endpoint'),
};
/** Creates that succeed again when they are sent again. */
const MAKES_MORE = new Set(['createSubAccount', 'createTrunk', 'createTrunkIpAcl', 'createOriginationUri']);

const sampleOf = (operation: AnyOperation): Sample => {
  const sample = samples[operation.operationId];
  if (sample === undefined) throw new Error(`${operation.operationId}: no sample`);
  return sample;
};
const pathOf = (operation: AnyOperation, authId: string, e164 = '', sub = '', id = ''): string =>
  `/api/v1${operation.path.replace(':auth_id', authId).replace(':e164', encodeURIComponent(e164)).replace(':sub_auth_id', sub).replace(THING_ID, id)}`;
const THING_ID = /:(trunk|part|endpoint)_id/;
const requestOf = (body: unknown, headers: Record<string, string> = {}): ApiRequest => ({
  headers,
  ...(body === undefined ? {} : { body }),
});
/** Everything a client can see but the request's own id and time. */
const seen = ({ status, text, headers }: ApiAnswer) => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
});

describe('invariant 11', () => {
  it('invariant 11: a foreign number or sub-account and an unknown one get byte-equal answers', async () => {
    const taking = operations().filter(({ path }) => /:e164|:sub_auth_id/.test(path) || THING_ID.test(path));
    expect(taking.length).toBeGreaterThanOrEqual(24);
    for (const operation of taking) {
      const { authId } = mine.parent.account;
      const theirs = await sampleOf(operation)(other);
      const ours = await sampleOf(operation)(mine);
      const send = (e164?: string, sub?: string, id?: string) =>
        api.as(mine.parent, operation.method, pathOf(operation, authId, e164, sub, id), requestOf(ours.body));
      const unknown = await send('+442079999999', 'SA_UNKNOWN', newId());
      expect([403, 404], operation.operationId).toContain(unknown.status);
      const foreign = await send(theirs.e164 ?? '+442079999999', theirs.sub ?? 'SA_UNKNOWN', theirs.id ?? newId());
      expect(seen(foreign), operation.operationId).toEqual(seen(unknown));
      expect(seen(await send('nonsense', 'nonsense', 'nonsense')), operation.operationId).toEqual(seen(unknown));
      // The comparison means something only where the owner gets another answer.
      expect((await send(ours.e164, ours.sub, ours.id)).status, operation.operationId).toBeLessThan(300);
    }
  });

  it('invariant 11: accounts in the path of every operation too', async () => {
    for (const operation of operations()) {
      const { e164, sub, id, body } = await sampleOf(operation)(other);
      const send = (authId: string) => api.as(mine.parent, operation.method, pathOf(operation, authId, e164, sub, id), requestOf(body));
      const unknown = await send('MA_AAAAAAAAAAAAAAAAAA');
      expect(unknown.status, operation.operationId).toBe(404);
      for (const authId of [other.parent.account.authId, other.child.account.authId]) {
        expect(seen(await send(authId)), operation.operationId).toEqual(seen(unknown));
      }
    }
  });

  it('invariant 11: ids inside bodies too', async () => {
    const number = await api.newOwn(mine.parent);
    const cases: [string, (id: string) => unknown, string, string][] = [
      [`${number.path}/assign-subaccount`, (id) => ({ sub_account_id: id }), other.child.account.authId, 'SA_UNKNOWN'],
      [`${number.path}/assign`, (id) => ({ trunk_group_id: id }), await api.newTrunk(other.parent), crypto.randomUUID()],
      [`${number.path}/application`, (id) => ({ application_id: id }), await api.newApplication(other.parent), crypto.randomUUID()],
    ];
    for (const [path, body, foreignId, unknownId] of cases) {
      const unknown = await api.as(mine.parent, 'POST', path, { body: body(unknownId) });
      expect(unknown.status).toBe(404);
      expect(seen(await api.as(mine.parent, 'POST', path, { body: body(foreignId) }))).toEqual(seen(unknown));
    }
  });
});

describe('invariant 13', () => {
  it('invariant 13: every changing operation writes exactly one audit row, a refused one none', async () => {
    const auditCount = async (): Promise<number> => (await api.sql('select count(*) as n from audit'))[0].n;
    for (const operation of operations().filter(({ changes, method }) => changes || method !== 'GET')) {
      const { e164, sub, id, body } = await sampleOf(operation)(mine);
      const path = pathOf(operation, mine.parent.account.authId, e164, sub, id);
      const before = await auditCount();
      const requestId = `audit-${operation.operationId}`;
      const answer = await api.as(mine.parent, operation.method, path, requestOf(body, { 'X-Request-Id': requestId }));
      expect(answer.status, `${operation.operationId}: ${answer.text}`).toBeLessThan(300);
      expect(await auditCount(), operation.operationId).toBe(before + 1);
      const [row] = await api.sql('select actor, before, after from audit where request_id = $1', [requestId]);
      expect(row.actor, operation.operationId).toMatchObject({ kind: 'key', account_id: mine.parent.account.id });
      expect(row.after, operation.operationId).not.toEqual(row.before);
      if (MAKES_MORE.has(operation.operationId)) continue;
      await api.as(mine.parent, operation.method, path, requestOf(body));
      expect(await auditCount(), operation.operationId).toBe(before + 1);
    }
  });
});

it('every operation of the face is sampled here', () => {
  expect(
    operations()
      .map(({ operationId }) => operationId)
      .toSorted(),
  ).toEqual(Object.keys(samples).toSorted());
});
