import { describe, expect, it, vi } from 'vitest';
import { ha1Of, sealHa1 } from '../../src/app/sip-credentials/ha1.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { until } from './support/call-stage.ts';
import { DOMAIN, OTHER_NUMBER, PASSWORD, sealer } from './support/call-world.ts';
import { twoGateways } from './support/two-gateways.ts';

const on = twoGateways();
const { attempts, callOut, completes, gateways } = on;

const downAt = (id: string) => on.stage.agents.map(({ agent }) => agent.gateways.find(({ gatewayId }) => gatewayId === id)?.up);

/** A login of another account, with a number of its own. */
async function anotherCustomer() {
  const [accountId, login] = [newId(), { realm: DOMAIN, username: 'bob' }];
  const plain = { parentId: null, status: 'active', country: 'GB', routeSetId: 'platform' } as const;
  await on.stage.world.put(recordRef.account(accountId), { kind: 'account', id: accountId, ...plain });
  await on.stage.world.number({ id: newId(), e164: OTHER_NUMBER, ownerAccountId: accountId, endpointId: null });
  await on.stage.world.credential({ ...login, accountId, sealedHa1: sealHa1(sealer, login, ha1Of(login, PASSWORD)) });
  return { username: login.username, e164: OTHER_NUMBER };
}

describe('the health of a gateway', () => {
  it('is found by calls, known to all agents, and looked into again by one call at a time', async () => {
    const id = await gateways({ health: { downAfter: 2, retryMs: 60_000 } });
    const bob = await anotherCustomer();
    // Neither the same number again is news of the gateway, nor what one customer alone gets.
    const calls = [{}, {}, { called: '+33142685302' }, { called: '+33142685303' }, { called: '+33142685301', by: bob }];
    for (const options of calls) {
      expect(downAt(id)).not.toContain(false);
      const call = callOut(options);
      (await on.first.expectInvite()).reject(503);
      await completes(await on.second.expectInvite(), call);
    }
    await until(
      () => `both agents know: ${downAt(id)}`,
      () => downAt(id).every((up) => up === false),
    );
    for (let count = 0; count < 2; count += 1) {
      const call = callOut();
      expect(await completes(await on.second.expectInvite(), call)).toEqual([['answered', 200]]);
    }
    // Behind all others is still before nobody; its time is what its terms say when it fails.
    await gateways({ health: { downAfter: 2, retryMs: 100 } }, { id });
    const last = callOut();
    (await on.second.expectInvite()).reject(503);
    const tried = await on.first.expectInvite();
    tried.reject(503);
    await last.final();
    on.first.onInvite((arrived) => void arrived.answer(testSdp(44110)));
    on.second.onInvite((arrived) => void arrived.answer(testSdp(44112)));
    await until(
      () => 'a call tries it again and finds it well',
      async () => {
        const call = callOut();
        await call.answered();
        await call.bye();
        return downAt(id).every((up) => up === true);
      },
    );
    on.first.onInvite(undefined as never);
    on.second.onInvite(undefined as never);
  });

  it('leaves one out that is down where its terms say never', async () => {
    const id = await gateways({}, { group: { health: { downAfter: 1, retryMs: 60_000, whenDown: 'never' } } });
    const call = callOut();
    (await on.first.expectInvite()).reject(503);
    await completes(await on.second.expectInvite(), call);
    await until(
      () => 'it is down',
      () => downAt(id).every((up) => up === false),
    );
    const other = callOut();
    (await on.second.expectInvite()).reject(500);
    expect((await other.final()).status).toBe(503);
    expect(await attempts(other.callId)).toEqual([['failed', 500]]);
  });

  it('is asked for by OPTIONS of one agent alone, down and up by the thresholds and the listed answers', async () => {
    let status = 405;
    let asked = 0;
    on.first.onRequest = (request) => {
      if (request.method !== 'OPTIONS') return undefined;
      asked += 1;
      return { status };
    };
    const notes = on.stage.agents.map((agent) => vi.spyOn(agent.gateways, 'note'));
    const health = { pingIntervalMs: 40, pingTimeoutMs: 4000, pingStatuses: [405], downAfter: 2, upAfter: 2 };
    const id = await gateways({ health }, { watched: true });
    await until(
      () => 'it is pinged',
      () => asked >= 3,
    );
    expect(downAt(id)).not.toContain(false);
    status = 500;
    await until(
      () => `down: ${downAt(id)}`,
      () => downAt(id).every((up) => up === false),
    );
    const call = callOut();
    await completes(await on.second.expectInvite(), call);
    status = 200;
    await until(
      () => `up: ${downAt(id)}`,
      () => downAt(id).every((up) => up === true),
    );
    // Whoever pings notes what it heard: of the two agents that is one.
    const pinged = notes.map(({ mock }) => mock.calls.filter(([{ gatewayId, from }]) => gatewayId === id && from === 'ping').length);
    expect(pinged.toSorted((one, other) => one - other)).toEqual([0, expect.any(Number)]);
    expect(Math.max(...pinged)).toBeGreaterThanOrEqual(7);
    for (const note of notes) note.mockRestore();
    await gateways({});
  });
});
