import { describe, expect, it } from 'vitest';
import type { GatewayTerms } from '../../src/domain/gateway-terms.ts';
import type { Party } from '../support/sip/party.ts';
import { login } from './support/carrier-challenge.ts';
import { CALLED, twoGateways } from './support/two-gateways.ts';

const on = twoGateways();
const { callOut, completes, gateways } = on;

describe('a redirect that is followed', () => {
  it('leads to its places by q, each once, and then to the next gateway', async () => {
    await gateways({ failover: { redirect: 'follow' } });
    const call = callOut();
    const moved = await on.first.expectInvite();
    const user = moved.request.uri.slice(4, moved.request.uri.indexOf('@'));
    const place = (party: Party) => `sip:${user}@127.0.0.1:${party.port}`;
    // Itself is a loop, another number is none of its business, and the first listed is the second best.
    moved.reject(302, undefined, {
      Contact: [`<${place(on.third)}>;q=0.5`, `<${place(on.first)}>;q=1`, `<sip:+19005550100@127.0.0.1:${on.third.port}>;q=0.9`],
    });
    const followed = await on.third.expectInvite();
    expect(followed.request.uri).toBe(place(on.third));
    followed.redirect(place(on.third));
    expect(await completes(await on.second.expectInvite(), call)).toEqual([
      ['failed', 302],
      ['failed', 302],
      ['answered', 200],
    ]);
    expect([...on.first.unexpectedInvites, ...on.third.unexpectedInvites]).toEqual([]);
  });

  it('leads to no address that is not anybody’s to dial', async () => {
    await gateways({ failover: { redirect: 'follow' } });
    const call = callOut();
    (await on.first.expectInvite()).redirect([
      `sip:x@127.0.0.1:${on.second.port}`,
      'sip:x@10.0.0.1',
      `sip:x@127.0.0.1:${on.stage.target.port}`,
    ]);
    const arrived = await on.second.expectInvite();
    expect(arrived.request.uri).toContain('33142685300');
    expect(await completes(arrived, call)).toEqual([
      ['failed', 302],
      ['unreachable', null],
      ['unreachable', null],
      ['unreachable', null],
      ['answered', 200],
    ]);
  });
});

describe('what a place that a gateway named gets', () => {
  it('is nothing that is for the gateway: no login, no fields of its terms, no identity of a private caller', async () => {
    const secrets: GatewayTerms = {
      callerId: { identity: 'always', privateFrom: 'caller' },
      headers: { pass: ['User-to-User'], set: [{ name: 'X-Token', value: 'secret' }] },
    };
    await gateways({ ...secrets, login: login(), failover: { redirect: 'follow' } });
    const call = callOut({ headers: { Privacy: 'id', 'User-to-User': 'abc' } });
    const asked = await on.first.expectInvite();
    const fields = ['P-Asserted-Identity', 'X-Token', 'User-to-User'];
    expect(fields.map((name) => asked.request.header(name) !== '')).toEqual([true, true, true]);
    asked.redirect(`sip:${CALLED}@127.0.0.1:${on.third.port}`);
    const followed = await on.third.expectInvite();
    expect([...fields, 'Authorization', 'Proxy-Authorization'].map((name) => followed.request.header(name))).toEqual(['', '', '', '', '']);
    expect([followed.request.header('From'), followed.request.header('Privacy')]).toEqual([expect.stringContaining('anonymous@'), 'id']);
    expect(await completes(followed, call)).toHaveLength(2);
  });
});
