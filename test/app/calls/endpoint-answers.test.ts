import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EndpointAnswers, type EndpointAnswersBounds } from '../../../src/app/calls/endpoint-answers.ts';
import { endpointSecretContext, newEndpointSecret } from '../../../src/app/endpoints/endpoint-secret.ts';
import { standardHeaders } from '../../../src/app/webhooks/standard-form.ts';
import { parsePrefix } from '../../../src/domain/ip-address.ts';
import type { WebhookQuestion } from '../../../src/domain/webhook-answer.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { createSealer } from '../../../src/kit/seal.ts';
import { createOutboundHttp } from '../../../src/outbound-http/outbound-http.ts';

const sealer = createSealer('test-sealing-key-0123456789abcdef');
const { secret, sealed } = newEndpointSecret(sealer, 'account');
const GOOD = JSON.stringify({ targets: [{ uri: 'sip:desk@pbx.example' }] });
const WORD = { targets: [{ uri: 'sip:desk@pbx.example', priority: 10, weight: 1 }] };
const AT = Date.parse('2026-11-22T14:00:00Z');

let server: Server;
let port: number;
let respond: (request: IncomingMessage, response: ServerResponse, body: string) => void;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => respond(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let nowMs = 0;
let outcomes: string[] = [];
beforeEach(() => {
  nowMs = 0;
  outcomes = [];
});

const loopback = parsePrefix('127.0.0.0/8');
function answers(more: { readonly open?: boolean; readonly bounds?: EndpointAnswersBounds } = {}): EndpointAnswers {
  const allowedNetworks = more.open === false || loopback === null ? [] : [loopback];
  const rules = { ownAddresses: [], allowedNetworks, ports: [{ from: 1, to: 65_535 }] };
  return new EndpointAnswers({
    http: createOutboundHttp({ rules, resolve: async () => [{ address: '127.0.0.1', family: 4 }] }),
    unseal: sealer.unseal,
    wallMs: () => AT,
    nowMs: () => nowMs,
    metrics: { endpointWebhook: (outcome) => void outcomes.push(outcome) },
    log: silentLogger,
    ...(more.bounds === undefined ? {} : { bounds: more.bounds }),
  });
}
const question = (more: Partial<WebhookQuestion> = {}): WebhookQuestion => ({
  ...{ endpointId: 'e', accountId: 'account', endpointAccountId: 'account', ownerAccountId: 'account' },
  ...{ url: `http://hooks.test:${port}/route`, timeoutMs: 2000, cacheSeconds: 60 },
  ...{ secretSealed: sealed, called: '+442071838750' as WebhookQuestion['called'], caller: '+15550100', direction: 'inbound' },
  ...more,
});
const call = { callId: 'c1', at: AT };
const hear = (listener: typeof respond): void => {
  respond = listener;
};
const reply = (status: number, body: string, headers: Record<string, string> = {}) => {
  respond = (_request, response) => void response.writeHead(status, headers).end(body);
};

describe('asking the webhook of an endpoint', () => {
  it('posts what the call is, signed as deliveries are, and takes its answer', async () => {
    const seen: unknown[] = [];
    respond = (request, response, body) => {
      const expected = standardHeaders('c1-e-442071838750', AT / 1000, body, [secret]);
      seen.push(request.method, request.url, request.headers['webhook-signature'] === expected['webhook-signature'], JSON.parse(body));
      response.end(GOOD);
    };
    const fact = await answers().ask(question(), call);
    expect(fact).toEqual({ endpointId: 'e', called: '+442071838750', result: 'answered', word: WORD });
    const data = { call_id: 'c1', endpoint_id: 'e', direction: 'inbound', from: '+15550100', to: '+442071838750' };
    expect(seen).toEqual([
      'POST',
      '/route',
      true,
      { type: 'call.route', timestamp: '2026-11-22T14:00:00.000Z', account_id: 'account', data },
    ]);
    expect(outcomes).toEqual(['answered']);
  });

  it.each<[string, string, () => void, Partial<WebhookQuestion>]>([
    ['is too slow', 'timeout', () => hear(() => {}), { timeoutMs: 30 }],
    ['says nothing one could use', 'bad_answer', () => reply(200, '{"targets":[]}'), {}],
    ['fails', 'bad_status', () => reply(500, GOOD), {}],
    ['has nothing to say', 'bad_status', () => reply(204, ''), {}],
    ['sends elsewhere', 'redirect', () => reply(302, GOOD, { location: 'http://169.254.169.254/' }), {}],
    ['says too much', 'too_large', () => reply(200, GOOD.padEnd(20_000)), {}],
    ['hangs up', 'connection_failed', () => hear((request) => void request.socket.destroy()), {}],
    ['has no name any more', 'url_forbidden', () => reply(200, GOOD), { url: 'ftp://hooks.test/' }],
  ])('that %s: %s, the last good answer for as long as it may be used, then none', async (_what, why, misbehave, more) => {
    const asked = answers();
    reply(200, GOOD);
    expect((await asked.ask(question(), call)).result).toBe('answered');
    misbehave();
    const again = { ...question(), ...more };
    // Another address is another webhook, whose answers are its own.
    const isSame = more.url === undefined;
    const base = { endpointId: 'e', called: '+442071838750', why };
    nowMs = 60_000;
    expect(await asked.ask(again, call)).toEqual(isSame ? { ...base, result: 'cached', word: WORD } : { ...base, result: 'failed' });
    nowMs = 60_001;
    expect(await asked.ask(again, call)).toEqual({ ...base, result: 'failed' });
    expect(outcomes).toEqual(['answered', isSame ? 'cached' : why, why]);
  });

  it('never reaches an address that nobody may be sent to, whatever its name says', async () => {
    let reached = 0;
    respond = (_request, response) => {
      reached += 1;
      response.end(GOOD);
    };
    const guarded = answers({ open: false });
    expect(await guarded.ask(question(), call)).toMatchObject({ result: 'failed', why: 'target_forbidden' });
    expect(await guarded.ask(question({ url: `http://127.0.0.1:${port}/` }), call)).toMatchObject({ why: 'url_forbidden' });
    expect(reached).toBe(0);
  });

  it('gives each question of a call an id of its own, and the same one to the same question', async () => {
    const ids: unknown[] = [];
    respond = (request, response) => {
      ids.push(request.headers['webhook-id']);
      response.end(GOOD);
    };
    const asked = answers();
    const other = question({ called: '+442071838751' as WebhookQuestion['called'] });
    for (const one of [question(), other, question({ endpointId: 'f' }), question()]) await asked.ask(one, call);
    expect(new Set(ids).size).toBe(3);
    expect(ids[3]).toBe(ids[0]);
  });

  it('keeps answers by endpoint and number, the least recently given go first, and none where nothing may be kept', async () => {
    const asked = answers({ bounds: { perEndpointMax: 5, perAccountMax: 5, totalMax: 5, entriesMax: 2 } });
    reply(200, GOOD);
    const numbers = ['+441', '+442', '+443'].map((called) => question({ called: called as WebhookQuestion['called'] }));
    for (const one of numbers) await asked.ask(one, call);
    expect(numbers.map((one) => asked.last(one, 'test').result)).toEqual(['failed', 'cached', 'cached']);
    const brief = question({ endpointId: 'f', cacheSeconds: 0 });
    await asked.ask(brief, call);
    expect(asked.last(brief, 'test').result).toBe('failed');
  });

  it('has so many questions open to one endpoint and to all, and no more', async () => {
    const open: ServerResponse[] = [];
    respond = (_request, response) => void open.push(response);
    const asked = answers({ bounds: { perEndpointMax: 2, perAccountMax: 3, totalMax: 3, entriesMax: 10 } });
    const pending = ['e', 'e', 'f'].map((endpointId) => asked.ask(question({ endpointId }), call));
    expect(await asked.ask(question(), call)).toMatchObject({ result: 'failed', why: 'busy' });
    expect(await asked.ask(question({ endpointId: 'g' }), call)).toMatchObject({ result: 'failed', why: 'busy' });
    while (open.length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const response of open) response.end(GOOD);
    expect((await Promise.all(pending)).map(({ result }) => result)).toEqual(['answered', 'answered', 'answered']);
    reply(200, GOOD);
    expect((await asked.ask(question(), call)).result).toBe('answered');
  });

  it('has so many questions of one account open, whatever endpoints it has, and others are asked all the same', async () => {
    const open: ServerResponse[] = [];
    respond = (_request, response) => void open.push(response);
    const asked = answers({ bounds: { perEndpointMax: 2, perAccountMax: 2, totalMax: 3, entriesMax: 10 } });
    const pending = ['e', 'f'].map((endpointId) => asked.ask(question({ endpointId }), call));
    // Its sub-accounts are of it.
    expect(await asked.ask(question({ endpointId: 'g', accountId: 'sub-account' }), call)).toMatchObject({ result: 'failed', why: 'busy' });
    pending.push(asked.ask(question({ endpointId: 'h', ownerAccountId: 'another' }), call));
    while (open.length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const response of open) response.end(GOOD);
    expect((await Promise.all(pending)).map(({ result }) => result)).toEqual(['answered', 'answered', 'answered']);
    reply(200, GOOD);
    expect((await asked.ask(question({ endpointId: 'g' }), call)).result).toBe('answered');
  });

  it('signs with the secret of whoever has the endpoint, whoever has the number', async () => {
    const bodies: { account_id?: string }[] = [];
    respond = (_request, response, body) => {
      bodies.push(JSON.parse(body));
      response.end(GOOD);
    };
    expect(await answers().ask(question({ accountId: 'sub-account' }), call)).toMatchObject({ result: 'answered' });
    expect(bodies).toMatchObject([{ account_id: 'sub-account' }]);
  });

  it('fails where the secret cannot be opened, and the call goes on', async () => {
    const foreign = sealer.seal('whsec_AAAA', endpointSecretContext('another'));
    reply(200, GOOD);
    expect(await answers().ask(question({ secretSealed: foreign }), call)).toMatchObject({ result: 'failed', why: 'internal_error' });
  });
});
