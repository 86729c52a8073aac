import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import { newEndpointSecret } from '../../src/app/endpoints/endpoint-secret.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { WebhookRoute } from '../../src/domain/endpoint-route.ts';
import { type EndpointRecord, recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { NUMBER, sealer } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;
let spare: Party;
let server: Server;
let route: WebhookRoute;
const FAR = '+33142685300';
const spareEndpoint = newId();
/** What the webhook was asked, and what it answers: text, or nothing at all. */
let asked: { readonly data: Record<string, unknown> }[] = [];
let answer: string | null = null;

beforeAll(async () => {
  stage = await openStage({ agents: 1 });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  spare = await stage.party({ user: 'spare' });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push(JSON.parse(body));
      if (answer !== null) response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { sealed: secretSealed } = newEndpointSecret(sealer, stage.world.ids.account);
  const { port } = server.address() as AddressInfo;
  route = { kind: 'webhook', url: `http://127.0.0.1:${port}/`, timeoutMs: 200, cacheSeconds: 0, secretSealed };
});
afterAll(async () => {
  await stage.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  await stage.world.site(carrier, phone);
  await hooked();
  asked = [];
  outcomes();
});

const hooked = (more: Partial<WebhookRoute> = {}, rest: Partial<EndpointRecord> = {}) =>
  stage.world.endpoint([], { route: { ...route, ...more }, ...rest });
const says = (body: unknown) => {
  answer = JSON.stringify(body);
};
const callIn = () => carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
const outcomes = () => stage.agents[0]?.metrics.webhooks.splice(0) ?? [];
async function completes(call: ReturnType<typeof callIn>, by: Party) {
  const arrived = await by.expectInvite();
  arrived.answer();
  await call.answered();
  await arrived.waitAck();
  await call.bye();
  await arrived.waitBye();
  return await stage.call(call.callId);
}
const explained = ([first]: readonly CallEvent[]) =>
  first !== undefined && 'decisionInput' in first ? decideStored(first.decisionInput).decision : null;
async function refused(call: ReturnType<typeof callIn>) {
  const final = await call.final();
  const events = await stage.call(call.callId);
  const last = events.at(-1);
  return [
    final.status,
    final.header('X-Dialplane-Reason'),
    last !== undefined && 'code' in last ? last.code : null,
    explained(events)?.outcome,
  ];
}

describe('an endpoint with a webhook', () => {
  it('is asked at the call and rings where it says; the record explains itself without asking again', async () => {
    says({
      targets: [
        { uri: phone.uri, priority: 2 },
        { uri: spare.uri, priority: 1 },
      ],
    });
    const call = callIn();
    (await spare.expectInvite()).reject(486);
    expect((await call.final()).status).toBe(486);
    answer = null;
    const events = await stage.call(call.callId);
    const decision = explained(events);
    expect(decision?.outcome === 'connect' && decision.candidates.map(({ uri }) => uri)).toEqual([spare.uri, phone.uri]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.data).toMatchObject({ call_id: events[0]?.callId, direction: 'inbound', from: '+15550100', to: NUMBER });
    expect(outcomes()).toEqual(['answered']);
  });

  it('486 endpoint_busy, 603 endpoint_declined and 480 endpoint_unavailable as it says', async () => {
    for (const [reject, status] of [
      ['busy', 486],
      ['declined', 603],
      ['unavailable', 480],
    ] as const) {
      says({ reject });
      expect(await refused(callIn())).toEqual([status, `endpoint_${reject}`, `endpoint_${reject}`, 'reject']);
    }
    expect(phone.unexpectedInvites).toEqual([]);
  });

  it('that is silent is not waited for beyond its time: the last good answer, then the fallback, then 480', async () => {
    await hooked({ cacheSeconds: 60 });
    says({ targets: [{ uri: phone.uri }] });
    await completes(callIn(), phone);
    answer = null;
    const startedAt = performance.now();
    await completes(callIn(), phone);
    expect(performance.now() - startedAt).toBeGreaterThan(190);
    expect(outcomes()).toEqual(['answered', 'cached']);
    await hooked();
    expect(await refused(callIn())).toEqual([480, 'target_unreachable', 'target_unreachable', 'reject']);
    const targets = [{ uri: spare.uri, priority: 1, weight: 1 }];
    const record = { kind: 'endpoint', id: spareEndpoint, accountId: stage.world.ids.account, status: 'active', targets } as const;
    await stage.world.put(recordRef.endpoint(spareEndpoint), record);
    await hooked({}, { fallback: { on: ['unreachable'], endpointId: spareEndpoint } });
    await completes(callIn(), spare);
    answer = '{"targets":"none"}';
    await completes(callIn(), spare);
    expect(outcomes()).toEqual(['timeout', 'timeout', 'bad_answer']);
  });

  it('names nobody who may not be dialled: each address is guarded like a stranger’s', async () => {
    says({
      targets: [{ uri: `sip:x@127.0.0.1:${stage.target.port}` }, { uri: `sip:x@127.0.0.1:${carrier.port}` }, { uri: 'sip:x@10.0.0.1' }],
    });
    expect(await refused(callIn())).toEqual([480, 'target_forbidden', 'target_forbidden', 'connect']);
  });

  it('may name a number, which is called for the account with its own number', async () => {
    says({ targets: [{ number: FAR }] });
    const call = callIn();
    const there = await carrier.expectInvite();
    expect([there.request.uri.includes(FAR.slice(1)), there.request.header('From').includes(NUMBER)]).toEqual([true, true]);
    there.reject(486);
    await call.final();
    const [first] = await stage.call(call.callId);
    expect(explained(first === undefined ? [] : [first])).toMatchObject({ outcome: 'connect' });
  });
});
