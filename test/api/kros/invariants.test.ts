import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyOperation } from '../../../src/http/operation.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { ApiAnswer, ApiRequest } from '../../support/api-call.ts';
import { type ApiHarness, startApiHarness, type TestAccount } from '../../support/api-harness.ts';

let api: ApiHarness;
let mine: TestAccount;
let other: TestAccount;
beforeAll(async () => {
  api = await startApiHarness();
  mine = await api.newAccount();
  other = await api.newAccount();
});
afterAll(() => api.close());

const PBX = { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7' };
const newEndpoint = async ({ key }: TestAccount): Promise<string> => (await api.call('POST', '/endpoints', { key, body: PBX })).body.id;
const HOOK = { url: 'https://hooks.example.com/', events: ['number.released'] };
const newWebhook = async ({ key }: TestAccount): Promise<string> => (await api.call('POST', '/webhooks', { key, body: HOOK })).body.id;
const operations = (): readonly AnyOperation[] => api.faces.flatMap((face) => face.operations);

/** A resource of `account` for each kind that a path may name. */
const resourceOf: Readonly<Record<string, (account: TestAccount) => Promise<string>>> = {
  number: async ({ key }) => (await api.newNumber(key)).id,
  endpoint: newEndpoint,
  webhook: newWebhook,
};
/** A body that each operation would take. */
const bodies: Readonly<Record<string, unknown>> = {
  updatePhoneNumber: { allow_inbound: false },
  updateEndpoint: { name: 'Other' },
  updateWebhook: { description: 'Other' },
};
const send = (operation: AnyOperation, id: string, prefix = ''): Promise<ApiAnswer> => {
  const body = bodies[operation.operationId];
  const request: ApiRequest = { key: mine.key, ...(body === undefined ? {} : { body }) };
  return api.call(operation.method, `${prefix}${operation.path.replace(':id', id)}`, request);
};
/** Everything a client can see but the request's own id and time. */
const seen = ({ status, text, headers }: ApiAnswer) => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
});

describe('invariant 11', () => {
  it('invariant 11: a foreign id and an unknown id get byte-equal answers', async () => {
    const taking = operations().filter(({ path }) => path.includes(':id'));
    expect(taking.length).toBeGreaterThanOrEqual(6);
    for (const operation of taking) {
      const make = resourceOf[operation.resource ?? ''];
      if (make === undefined) throw new Error(`${operation.operationId}: no sample of ${operation.resource}`);
      const foreignId = await make(other);
      for (const prefix of ['', '/v1']) {
        const unknown = await send(operation, newId(), prefix);
        expect(unknown.status, operation.operationId).toBe(404);
        expect(seen(await send(operation, foreignId, prefix)), operation.operationId).toEqual(seen(unknown));
        expect(seen(await send(operation, 'malformed', prefix)), operation.operationId).toEqual(seen(unknown));
      }
      // The comparison means something only where the owner gets another answer.
      expect((await send(operation, await make(mine))).status, operation.operationId).toBeLessThan(300);
    }
  });

  it('invariant 11: ids inside bodies too', async () => {
    const number = await api.newNumber(mine.key);
    const cases: [string, string, (id: string) => unknown, string][] = [
      ['POST', '/phone-numbers', (id) => ({ inventory_id: id }), (await api.newNumber(other.key)).id],
      ['PATCH', `/phone-numbers/${number.id}`, (id) => ({ endpoint_id: id }), await newEndpoint(other)],
      ['POST', '/endpoints', (id) => ({ ...PBX, phone_number_id: id }), (await api.newNumber(other.key)).id],
    ];
    for (const [method, path, body, foreignId] of cases) {
      const unknown = await api.call(method, path, { key: mine.key, body: body(newId()) });
      expect(unknown.status).toBe(404);
      expect(seen(await api.call(method, path, { key: mine.key, body: body(foreignId) }))).toEqual(seen(unknown));
    }
  });

  it('invariant 11: organizations too', async () => {
    const answers: ApiAnswer[] = [];
    for (const organization of [newId(), other.account.id]) {
      answers.push(await api.call('GET', '/phone-numbers', { key: mine.key, headers: { 'x-organization-id': organization } }));
    }
    expect(answers[0]!.status).toBe(403);
    expect(seen(answers[1]!)).toEqual(seen(answers[0]!));
  });
});

/** The same request again is another one of these. */
const MAKES_ANOTHER = new Set(['createEndpoint', 'createWebhook', 'rotateWebhookSecret']);

describe('invariant 13', () => {
  /** For each changing operation a request that changes something. */
  const changing: Readonly<Record<string, () => Promise<[string, unknown?]>>> = {
    purchasePhoneNumber: async () => ['/phone-numbers', { inventory_id: (await api.newStock()).id }],
    updatePhoneNumber: async () => [`/phone-numbers/${(await api.newNumber(mine.key)).id}`, { allow_outbound: true }],
    releasePhoneNumber: async () => [`/phone-numbers/${(await api.newNumber(mine.key)).id}`],
    createEndpoint: async () => ['/endpoints', { ...PBX, phone_number_id: (await api.newNumber(mine.key)).id }],
    createWebhook: async () => ['/webhooks', HOOK],
    updateWebhook: async () => [`/webhooks/${await newWebhook(mine)}`, { status: 'inactive' }],
    deleteWebhook: async () => [`/webhooks/${await newWebhook(mine)}`],
    rotateWebhookSecret: async () => [`/v1/webhooks/${await newWebhook(mine)}/rotate-secret`],
    updateEndpoint: async () => [`/endpoints/${await newEndpoint(mine)}`, { name: 'Other' }],
    deleteEndpoint: async () => {
      const id = await newEndpoint(mine);
      const number = await api.newNumber(mine.key);
      await api.call('PATCH', `/phone-numbers/${number.id}`, { key: mine.key, body: { endpoint_id: id } });
      return [`/endpoints/${id}`];
    },
  };
  const auditCount = async (): Promise<number> => (await api.sql('select count(*) as n from audit'))[0].n;

  it('invariant 13: every changing operation writes exactly one audit row', async () => {
    for (const operation of operations().filter(
      ({ changes, method, operationId }) => changes || (method !== 'GET' && operationId !== 'explainCall'),
    )) {
      const make = changing[operation.operationId];
      if (make === undefined) throw new Error(`${operation.operationId}: no sample`);
      const [path, body] = await make();
      const before = await auditCount();
      const requestId = `audit-${operation.operationId}`;
      const answer = await api.call(operation.method, path, {
        key: mine.key,
        headers: { 'X-Request-Id': requestId },
        ...(body ? { body } : {}),
      });
      expect(answer.status, answer.text).toBeLessThan(300);
      expect(await auditCount(), operation.operationId).toBe(before + 1);
      const [row] = await api.sql('select actor, account_id from audit where request_id = $1', [requestId]);
      expect(row, operation.operationId).toMatchObject({ account_id: mine.account.id, actor: { kind: 'key' } });
      // The same again is refused or changes nothing, and neither is worth a row.
      const again = await auditCount();
      if (!MAKES_ANOTHER.has(operation.operationId)) await api.call(operation.method, path, { key: mine.key, ...(body ? { body } : {}) });
      expect(await auditCount(), operation.operationId).toBe(again);
    }
  });
});
