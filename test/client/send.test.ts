import { describe, expect, it } from 'vitest';
import { adminClient } from '../../src/client/admin-client.ts';
import { ApiError, NoAnswerError } from '../../src/client/api-error.ts';
import type { ClientOptions } from '../../src/client/send.ts';

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
}

/** A client whose server answers what it is told, one after another; it never really waits. */
function clientOf(answers: (() => Response)[], options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const waited: number[] = [];
  const client = adminClient({
    baseUrl: 'http://127.0.0.1:1/',
    key: 'k',
    random: () => 0.5,
    sleep: async (ms) => {
      waited.push(ms);
    },
    fetch: async (url, init) => {
      sent.push({ url: String(url), method: String(init?.method), headers: init?.headers as Record<string, string> });
      return (answers[sent.length - 1] ?? answers.at(-1)!)();
    },
    ...options,
  });
  return { client, sent, waited };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
const lost = () => {
  throw new TypeError('fetch failed', { cause: new Error('read ECONNRESET') });
};
const made = json(201, { id: 'a' });
const away = json(503, { code: 'store_unavailable', detail: 'Away.' }, { 'Retry-After': '2' });

describe('the client', () => {
  it('sends a POST again with the same Idempotency-Key until it is answered', async () => {
    const { client, sent, waited } = clientOf([lost, away, json(429, {}), made]);
    expect(await client.accounts.createAccount({ name: 'Acme' })).toEqual({ id: 'a' });
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ headers }) => headers['Idempotency-Key'])).size).toBe(1);
    expect(sent[0]!.headers['Idempotency-Key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(waited).toEqual([100, 2000, 400]);
  });

  it('gives another call another key', async () => {
    const { client, sent } = clientOf([made]);
    await client.accounts.createAccount({ name: 'A' });
    await client.accounts.createAccount({ name: 'A' });
    expect(new Set(sent.map(({ headers }) => headers['Idempotency-Key'])).size).toBe(2);
  });

  it.each<[string, () => Response, number]>([
    ['a refusal', json(404, { code: 'not_found' }), 1],
    ['a server that asks not to', json(500, { code: 'fault' }, { 'x-should-retry': 'false' }), 1],
    ['a wait of an hour', json(503, {}, { 'Retry-After': '3600' }), 1],
    ['a conflict of another kind', json(409, { code: 'conflict' }), 1],
    ['a first attempt that still runs', json(409, { code: 'in_progress' }, { 'Retry-After': '1' }), 4],
    ['a fault', json(500, { code: 'fault' }), 4],
    ['no answer', lost, 4],
  ])('after %s gives up in time', async (_, answer, attempts) => {
    const { client, sent } = clientOf([answer]);
    await expect(client.accounts.createAccount({ name: 'A' })).rejects.toThrow();
    expect(sent).toHaveLength(attempts);
  });

  it('does not repeat a change with If-Match whose answer was lost: its own success would refuse it', async () => {
    const { client, sent } = clientOf([lost]);
    await expect(client.numbers.updateNumber('n', { suspended: true }, {}, { ifMatch: 3 })).rejects.toBeInstanceOf(NoAnswerError);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.headers['If-Match']).toBe('"3"');
  });

  it.each<[string, unknown, Partial<ApiError>]>([
    [
      'a problem',
      { code: 'invalid', detail: 'Bad.', errors: [{ pointer: '/name', code: 'missing', detail: 'Needed.' }] },
      { code: 'invalid', detail: 'Bad.', fields: [{ pointer: '/name', code: 'missing', detail: 'Needed.' }] },
    ],
    [
      'an error with details',
      { error: 'No balance', code: 'insufficient_balance' },
      { code: 'insufficient_balance', detail: 'No balance' },
    ],
    ['a list of errors', { errors: [{ code: '85001', title: 'Gone', detail: 'Not there.' }] }, { code: '85001', detail: 'Not there.' }],
    ['no JSON of ours', [1], { code: '422' }],
  ])('reads %s', async (_, body, expected) => {
    const { client } = clientOf([json(422, body, { 'x-request-id': 'r1' })]);
    const error = await client.numbers.getNumber('n').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, requestId: 'r1', ...expected });
  });

  it('walks through all pages with the query it was given, and not round in circles', async () => {
    const pages = [json(200, { data: [{ id: 1 }, { id: 2 }], next: 'p2' }), json(200, { data: [{ id: 3 }], next: null })];
    const { client, sent } = clientOf(pages);
    const ids: unknown[] = [];
    for await (const { id } of client.numbers.iterateNumbers({ limit: 2, lifecycle: 'active' })) ids.push(id);
    expect(ids).toEqual([1, 2, 3]);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?limit=2&lifecycle=active', '?limit=2&lifecycle=active&after=p2']);
    const endless = clientOf([json(200, { data: [{ id: 1 }], next: 'p' })]);
    const walk = async () => {
      for await (const _ of endless.client.numbers.iterateNumbers()) if (endless.sent.length > 5) return;
    };
    await expect(walk()).rejects.toThrow('twice');
  });

  it.each(['', '.', '..'])('refuses the id %j, which would name another path', async (id) => {
    const { client, sent } = clientOf([made]);
    await expect((async () => client.numbers.getNumber(id))()).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it('keeps an id in its segment', async () => {
    const { client, sent } = clientOf([made]);
    await client.numbers.getNumber('a/../b?c=#d');
    expect(sent[0]!.url).toBe('http://127.0.0.1:1/admin/v1/numbers/a%2F..%2Fb%3Fc%3D%23d');
  });

  it('reads no answer without end, and ends when it is told to', async () => {
    const { client } = clientOf([json(200, { data: 'x'.repeat(2000) })], { answerBytesMax: 1000, attemptsMax: 1 });
    await expect(client.numbers.getNumber('n')).rejects.toThrow('larger than 1000 bytes');
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    const stopped = clientOf([lost]);
    await expect(stopped.client.numbers.getNumber('n', { signal: abort.signal })).rejects.toThrow('enough');
    expect(stopped.sent).toHaveLength(1);
  });
});
