import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../chaos/http-client.ts';
import { Model, type NumberNote, type Tenant } from '../chaos/model.ts';
import { assign, bought, buy, type OpDeps, patch, unassign } from '../chaos/number-ops.ts';
import { type Site, startSite } from '../chaos/site.ts';
import { openWorld, seedWorld, type World } from '../chaos/world.ts';
import { until } from '../support/daemon.ts';
import type { OutgoingCall } from '../support/sip/outgoing-call.ts';
import { testSdp } from '../support/sip/sdp.ts';

const CUT_MS = 6000;
const DAYS_16_S = 16 * 86_400;
const BACK_MS = 90_000;

let site: Site;
let world: World;
let ops: OpDeps;

beforeAll(async () => {
  site = await startSite({ ROLES: 'api,agent,worker' });
  world = await openWorld(sip(), 1);
  const model = new Model();
  ops = { http: new HttpClient(() => site.state().http_url, 'adopted'), model, adminKey: site.state().admin_api_key };
  await seedWorld(site.state(), world, model);
  world.phone.onInvite((call) => {
    call.ring();
    call.answer(testSdp(43_000));
  });
}, 240_000);

afterAll(async () => {
  await world?.close();
  expect(await site?.stop()).toBe(0);
}, 60_000);

const sip = () => ({ host: site.state().sip_host, port: site.state().sip_port });

/** A number of a sub-account that leads to its phone. */
async function numberOf(index: number): Promise<NumberNote> {
  const note = ops.model.numbers[index] as NumberNote;
  const sub = ops.model.tenants.find(({ parent }) => parent !== null) as Tenant;
  expect(await buy(ops, note, sub.parent as Tenant, 'kros')).toBe(true);
  bought(note, sub.parent as Tenant);
  await assign(ops, note, sub);
  expect(await patch(ops, note, { allow_inbound: true, allow_outbound: false })).toBe(true);
  return note;
}

async function liveCall(note: NumberNote): Promise<OutgoingCall> {
  // A fence that opens between two tries says of this number that it cools off.
  note.tried = true;
  note.lastCallAt = ops.model.now();
  const call = world.carrier.invite({ to: note.e164, from: '+442071234567', target: sip() });
  expect((await call.answered()).status).toBe(200);
  return call;
}

async function recordOf(call: OutgoingCall) {
  const path = `/admin/v1/calls?sip_call_id=${encodeURIComponent(call.callId)}`;
  const { body } = await ops.http.send('GET', path, { key: ops.adminKey });
  return body?.data?.[0];
}

describe('invariant 4: a number whose call only the journal of a killed agent knows stays where it is', () => {
  it('invariant 12: and its record is whole once that agent is back: Redis away, live calls, kill -9', async () => {
    const [before, during, quiet] = [await numberOf(0), await numberOf(1), await numberOf(2)];
    // The agent knows the number then; the cool-off of that call is over.
    const known = await liveCall(during);
    await known.bye();
    expect(await until(async () => (await recordOf(known))?.ended_at != null, 20_000)).toBe(true);
    await ops.http.send('POST', '/admin/v1/test-clock', { key: ops.adminKey, body: { advance_seconds: DAYS_16_S } });
    ops.model.clockAheadMs = DAYS_16_S * 1000;
    const calls = [await liveCall(before)];
    site.redis.proxy.cut();
    // In the declared mode of decision C10: only the journal knows of this one.
    const unseen = await until(() => liveCall(during).catch(() => undefined), 20_000);
    if (unseen === undefined) throw new Error('no call came in while Redis was away');
    calls.push(unseen);

    const killed = site.state().pids.agent as number;
    process.kill(killed, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, CUT_MS));
    site.redis.proxy.heal();
    const healedAt = performance.now();
    const took = (): number => Math.round(performance.now() - healedAt);

    const moved: NumberNote[] = [];
    const tryMove = async (note: NumberNote): Promise<boolean> => {
      await unassign(ops, note);
      if (note.holder?.parent === null) moved.push(note);
      return moved.includes(note);
    };
    // From the first moment on: what had a call must not move, though Redis has never heard of it.
    const opened = await until(async () => {
      for (const note of [during, before]) if (await tryMove(note)) return true;
      return tryMove(quiet);
    }, BACK_MS);
    const openMs = took();
    expect(opened).toBe(true);
    expect(moved).toEqual([quiet]);

    const records = await until(async () => {
      const found = await Promise.all(calls.map(recordOf));
      return found.every((record) => record?.ended_at && record.answered_at) && found;
    }, BACK_MS);
    const recordsMs = took();
    expect(records, JSON.stringify(await Promise.all(calls.map(recordOf)))).toBeDefined();
    expect(await site.ready(BACK_MS)).toBe(true);
    console.log(`after Redis came back: fence open in ${openMs} ms, records complete in ${recordsMs} ms, ready in ${took()} ms`);
    expect(site.state().pids.agent).not.toBe(killed);
    for (const record of records ?? []) {
      expect(record).toMatchObject({ outcome: 'agent_lost', refusal_code: 'agent_lost' });
      expect(record.attempts).toMatchObject([{ n: 1, sip_status: 200 }]);
    }
    const { rows } = await site.pool.query<{ id: string; last: number }>(
      'select id, (extract(epoch from last_call_at) * 1000)::bigint as last from numbers where id = any($1)',
      [[before.id, during.id]],
    );
    for (const note of [before, during])
      expect(rows.find(({ id }) => id === note.id)?.last).toBeGreaterThanOrEqual((note.lastCallAt ?? 0) - 1000);
    expect(ops.model.broken).toEqual([]);
  }, 400_000);
});
