import { afterAll, beforeAll, expect, it } from 'vitest';
import { endpointSecretContext } from '../../src/app/endpoints/endpoint-secret.ts';
import { reseal } from '../../src/app/sealing/reseal.ts';
import { ha1Of, sealHa1, unsealHa1 } from '../../src/app/sip-credentials/ha1.ts';
import { sealPassword, unsealPassword } from '../../src/app/sip-credentials/password.ts';
import { openCarrierPassword, sealCarrierPassword } from '../../src/app/trunk-groups/carrier-login.ts';
import { markToken } from '../../src/app/trunk-groups/source-token.ts';
import { secretContext } from '../../src/app/webhooks/webhook-secret.ts';
import type { SourceMarks } from '../../src/domain/source-marks.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createSealer } from '../../src/kit/seal.ts';
import { addAccount, openStore, type StoreFixture, T0 } from './store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('reseal');
});
afterAll(() => store.close());

const before = createSealer('key one');
const today = createSealer('key two');
const both = createSealer('key two', ['key one']);
const run = () => reseal({ unitOfWork: store.uow, sealer: both, clock: store.clock, log: silentLogger }, () => {});

/** A login with this password. */
async function addLogin(accountId: string, username: string, password: string, sealer = before): Promise<string> {
  const [id, login] = [newId(), { realm: 'sip.test', username }];
  const sealed = { sealedPassword: sealPassword(sealer, id, password), sealedHa1: sealHa1(sealer, login, ha1Of(login, password)) };
  const rest = { subAccountId: null, numberId: null, e164: null, mode: 'live', digest: null, enabled: true } as const;
  await store.commit((tx) =>
    tx.credentials.insert({ id, accountId, ...login, ...rest, ...sealed, version: 1, createdAt: T0, updatedAt: T0 }),
  );
  return id;
}

async function addGroup(sealedPassword: (username: string) => string, marks?: SourceMarks): Promise<string> {
  const id = newId();
  const login = (username: string) => ({ login: { username, sealedPassword: sealedPassword(username) } });
  const gateway = { id: newId(), uri: 'sip:192.0.2.1', priority: 0, weight: 1, enabled: true };
  const gateways = [
    { ...gateway, terms: login('own') },
    { ...gateway, id: newId(), uri: 'sip:192.0.2.2' },
  ];
  const facts = { name: 'carrier', kind: 'carrier', accountId: null, mode: 'live', enabled: true, numberFormat: null } as const;
  await store.commit((tx) =>
    tx.trunkGroups.insert({
      ...{ id, ...facts, country: null, gateways, acl: [], terms: login('all'), marks },
      ...{ version: 1, sourceVersion: 1, createdAt: T0, updatedAt: T0 },
    }),
  );
  return id;
}

async function addWebhook(accountId: string): Promise<string> {
  const id = newId();
  const sealed = (text: string) => before.seal(text, secretContext(id));
  const facts = { mode: 'live', format: 'standard', url: 'https://x.test/', description: null, eventTypes: [] } as const;
  const state = { includeSubAccounts: false, disabledReason: null, failingSince: null, groupId: null, version: 3 } as const;
  const secrets = { secretSealed: sealed('now'), previousSecret: { sealed: sealed('then'), until: T0 + 1000 } };
  await store.commit((tx) => tx.webhooks.insert({ id, accountId, ...facts, ...state, ...secrets, createdAt: T0, updatedAt: T0 }));
  return id;
}

async function addEndpoint(accountId: string): Promise<string> {
  const id = newId();
  const secretSealed = before.seal('asked', endpointSecretContext(accountId));
  const route = { kind: 'webhook', url: 'https://x.test/', timeoutMs: 1500, cacheSeconds: 60, secretSealed } as const;
  const facts = { mode: 'live', name: 'hook', type: 'custom_sip', url: null, providerConfig: {}, status: 'active', targets: [] } as const;
  await store.commit((tx) => tx.endpoints.insert({ id, accountId, ...facts, route, version: 1, createdAt: T0, updatedAt: T0 }));
  return id;
}

it('seals every stored secret with the key of today, tells agents of what they hold, and finds nothing more to do', async () => {
  const { id: accountId } = await addAccount(store);
  const many = await Promise.all(Array.from({ length: 120 }, (_, at) => addLogin(accountId, `phone${at}`, `secret ${at}`)));
  const fresh = await addLogin(accountId, 'fresh', 'fresh secret', today);
  const groupId = await addGroup((username) => sealCarrierPassword(before, username, `carrier ${username}`));
  await addGroup((username) => sealCarrierPassword(today, username, 'known'));
  const webhookId = await addWebhook(accountId);
  const endpointId = await addEndpoint(accountId);
  await store.sql('delete from outbox');
  expect(await run()).toEqual({ logins: 120, trunkGroups: 1, webhooks: 1, endpoints: 1, unreadable: 0, tokens: [] });
  const logins = await store.read((tx) => tx.credentials.list({}, { limit: 1000, after: null }));
  expect(logins.map((login) => [unsealPassword(today, login), unsealHa1(today, login)])).toEqual(
    logins.map((login) => {
      const at = many.indexOf(login.id);
      const password = login.id === fresh ? 'fresh secret' : `secret ${at}`;
      return [password, ha1Of(login, password)];
    }),
  );
  expect(new Set(logins.map(({ id, version }) => `${id === fresh} ${version}`))).toEqual(new Set(['true 1', 'false 2']));
  const group = await store.read((tx) => tx.trunkGroups.get(groupId));
  const opened = [group?.terms, ...(group?.gateways ?? []).map(({ terms }) => terms)].map((terms) =>
    terms?.login === undefined ? null : openCarrierPassword(today, terms.login),
  );
  expect([opened, group?.version, group?.sourceVersion]).toEqual([['carrier all', 'carrier own', null], 2, 1]);
  const webhook = await store.read((tx) => tx.webhooks.get(webhookId));
  const opens = (sealed: string) => today.unseal(sealed, secretContext(webhookId));
  expect([opens(webhook?.secretSealed ?? ''), opens(webhook?.previousSecret?.sealed ?? ''), webhook?.version]).toEqual(['now', 'then', 3]);
  const endpoint = await store.read((tx) => tx.endpoints.get(endpointId));
  const sealed = endpoint?.route?.kind === 'webhook' ? endpoint.route.secretSealed : '';
  expect([today.unseal(sealed, endpointSecretContext(accountId)), endpoint?.version]).toEqual(['asked', 2]);
  // One of each login, group and endpoint whose record agents have.
  expect((await store.sql<{ n: number }>('select count(*)::int as n from outbox'))[0]?.n).toBe(122);
  expect(await run()).toEqual({ logins: 0, trunkGroups: 0, webhooks: 0, endpoints: 0, unreadable: 0, tokens: [] });
  const audit = await store.sql<{ after: object }>("select after from audit where action = 'secrets.reseal' order by at, id");
  expect(audit.map(({ after }) => after)).toContainEqual({
    logins: 120,
    trunkGroups: 1,
    webhooks: 1,
    endpoints: 1,
    unreadable: 0,
    tokens: [],
  });
});

it('leaves what no key opens as it is and goes on with the rest', async () => {
  const { id: accountId } = await addAccount(store);
  const lost = await addLogin(accountId, 'lost', 'x', createSealer('key zero'));
  await addLogin(accountId, 'found', 'y');
  expect(await run()).toEqual({ logins: 1, trunkGroups: 0, webhooks: 0, endpoints: 0, unreadable: 1, tokens: [] });
  expect((await store.read((tx) => tx.credentials.get(lost)))?.version).toBe(1);
});

it('names the groups whose token an earlier key has marked, as often as it runs, until it is said anew', async () => {
  const password = (username: string) => sealCarrierPassword(today, username, 'known');
  const marked = (sealer: typeof today) => ({ token: markToken(sealer, 'X-Acme-Token', 'correct-horse') });
  const [old, lost] = [await addGroup(password, marked(before)), await addGroup(password, marked(createSealer('key zero')))];
  await addGroup(password, marked(today));
  for (const _ of [1, 2]) expect(new Set((await run()).tokens)).toEqual(new Set([old, lost]));
  const group = await store.read((tx) => tx.trunkGroups.get(old));
  if (group === null) throw new Error('no group');
  await store.commit((tx) => tx.trunkGroups.save({ ...group, marks: marked(today), version: 2, sourceVersion: 2 }));
  expect((await run()).tokens).toEqual([lost]);
});
