import { describe, expect, it } from 'vitest';
import type { GatewayTerms } from '../../src/domain/gateway-terms.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { NUMBER } from './support/call-world.ts';
import { at, CALLED, twoGateways } from './support/two-gateways.ts';

const on = twoGateways();
const { attempts, callOut, completes, gateways } = on;

describe('failover as data', () => {
  it('passes a busy of a carrier over where its gateway says so', async () => {
    await gateways({ failover: { nextOn: ['486'] } });
    const call = callOut();
    (await on.first.expectInvite()).reject(486);
    expect(await completes(await on.second.expectInvite(), call)).toEqual([
      ['failed', 486],
      ['answered', 200],
    ]);
  });

  it('ends at a status that the group lists, although there is another gateway', async () => {
    await gateways({}, { group: { failover: { finalOn: ['5xx'] } } });
    const call = callOut();
    (await on.first.expectInvite()).reject(503);
    expect((await call.final()).status).toBe(503);
    expect(await attempts(call.callId)).toEqual([['failed', 503]]);
  });

  it('rings as long as the gateway says, and goes on after that where it says so', async () => {
    await gateways({ failover: { ringMs: 150, ringTimeout: 'next' } });
    const call = callOut();
    const slow = await on.first.expectInvite();
    slow.ring();
    await slow.waitCancel();
    expect(await completes(await on.second.expectInvite(), call)).toEqual([
      ['ring_timeout', null],
      ['answered', 200],
    ]);
  });

  it('tries no more of the gateways than the group allows', async () => {
    await gateways({}, { group: { failover: { attemptsMax: 1 } } });
    const call = callOut();
    (await on.first.expectInvite()).reject(503);
    expect((await call.final()).status).toBe(503);
    expect(await attempts(call.callId)).toEqual([['failed', 503]]);
  });

  it('lets early media of the first be heard where that is said, and never rings another after it', async () => {
    await gateways({}, { group: { failover: { earlyMedia: 'first' } } });
    const call = callOut();
    const early = await on.first.expectInvite();
    early.ring(183, testSdp(44102));
    expect((await call.provisional(183)).body).toBe(testSdp(44102));
    early.reject(503);
    expect((await call.final()).status).toBe(503);
    expect(await attempts(call.callId)).toEqual([['failed', 503]]);
    await gateways({}, { group: { failover: { earlyMedia: 'first', afterEarlyMedia: 'next' } } });
    const other = callOut();
    const heard = await on.first.expectInvite();
    heard.ring(183, testSdp(44104));
    await other.provisional(183);
    heard.reject(503);
    expect(await completes(await on.second.expectInvite(), other)).toHaveLength(2);
  });
});

describe('reliable 18x (decision C17)', () => {
  const asked = async (terms: GatewayTerms, sdp: string) => {
    await gateways(terms);
    const call = callOut({ sdp });
    const arrived = await on.first.expectInvite();
    const found = [arrived.request.header('Supported') ?? '', arrived.request.header('Require') ?? ''];
    arrived.reject(486);
    await call.final();
    return found;
  };

  it('are asked of a gateway as it says, and of none without an offer', async () => {
    expect(await asked({ reliableProvisionals: 'supported' }, testSdp())).toEqual(['timer, 100rel', '']);
    expect(await asked({ reliableProvisionals: 'required' }, testSdp())).toEqual(['timer', '100rel']);
    expect(await asked({ reliableProvisionals: 'required' }, '')).toEqual(['timer', '']);
    expect(await asked({}, testSdp())).toEqual(['timer', '']);
  });
});

describe('what a gateway gets', () => {
  it('is its tech prefix, its form of the caller, and its own header fields', async () => {
    await gateways({
      techPrefix: '88#',
      callerId: { format: 'e164', identity: 'never' },
      headers: { pass: ['User-to-User'], set: [{ name: 'X-Route', value: 'gold' }] },
    });
    const call = callOut({ headers: { 'User-to-User': 'abc', 'X-Other': 'no' } });
    const arrived = await on.first.expectInvite();
    const { request } = arrived;
    expect(request.uri).toBe(`sip:88%23${CALLED}@127.0.0.1:${on.first.port}`);
    expect(request.header('From')).toContain(`<sip:${NUMBER.slice(1)}@`);
    const fields = ['P-Asserted-Identity', 'User-to-User', 'X-Route', 'X-Other'];
    expect(fields.map((name) => request.header(name))).toEqual(['', 'abc', 'gold', '']);
    await completes(arrived, call);
  });

  it('is the called number in its own form, and in its group’s where it says nothing', async () => {
    for (const [own, group, dialled] of [
      [{ dialFormat: 'e164' }, {}, CALLED.slice(1)],
      [{}, { dialFormat: 'e164' }, CALLED.slice(1)],
      [{ dialFormat: 'e164_plus', techPrefix: '88' }, { dialFormat: 'e164' }, `88${CALLED}`],
      [{}, {}, CALLED],
    ] as const) {
      await gateways(own, { group });
      const call = callOut();
      const arrived = await on.first.expectInvite();
      expect(arrived.request.uri).toBe(`sip:${dialled}@127.0.0.1:${on.first.port}`);
      await completes(arrived, call);
    }
  });

  it('is the caller in its form on the way in too, and what a trunk may not hear stays here', async () => {
    const { carrier, account: accountId } = on.stage.world.ids;
    await gateways({});
    const trunk = newId();
    const row = { id: newId(), uri: `sip:127.0.0.1:${on.phone.port}`, priority: 0, weight: 1, enabled: true };
    const terms: GatewayTerms = { callerId: { format: 'national', identity: 'never' }, headers: { pass: ['Subject'] } };
    const group = { kind: 'trunk_group', id: trunk, name: 'pbx', groupKind: 'customer', accountId, mode: 'live', enabled: true } as const;
    await on.stage.world.put(recordRef.trunkGroup(trunk), { ...group, numberFormat: null, country: 'GB', gateways: [row], terms });
    await on.stage.world.number({ endpointId: null, trunkGroupId: trunk });
    const headers = { Subject: 'hello', 'User-to-User': 'abc', 'P-Asserted-Identity': '<sip:+442079460000@x>' };
    const call = on.first.invite({ to: NUMBER, from: at('+442079460000'), target: on.stage.target, headers });
    const arrived = await on.phone.expectInvite();
    expect(arrived.request.header('From')).toContain('<sip:02079460000@');
    expect(['Subject', 'User-to-User', 'P-Asserted-Identity'].map((name) => arrived.request.header(name))).toEqual(['hello', '', '']);
    arrived.answer(testSdp(44130));
    await call.answered();
    await call.bye();
    const [admitted] = await on.stage.call(call.callId);
    expect(admitted).toMatchObject({ parties: { identifiedBy: { id: carrier } } });
    await on.stage.world.number();
  });

  it.each([
    ['unless_private', 'anonymous', '', 'anonymous@'],
    ['always', 'caller', NUMBER, NUMBER],
  ] as const)('under Privacy: id with identity %s and From of the %s', async (identity, privateFrom, asserted, from) => {
    await gateways({ callerId: { identity, privateFrom } });
    const call = callOut({ headers: { Privacy: 'id' } });
    const arrived = await on.first.expectInvite();
    expect(arrived.request.header('Privacy')).toBe('id');
    expect(arrived.request.header('P-Asserted-Identity')).toContain(asserted);
    expect(arrived.request.header('P-Asserted-Identity') === '').toBe(asserted === '');
    expect(arrived.request.header('From')).toContain(from);
    await completes(arrived, call);
  });
});
