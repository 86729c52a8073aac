import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEndpoint } from '../../src/app/endpoints/create-endpoint.ts';
import { updateNumber } from '../../src/app/numbers/update-number.ts';
import { assignTrunkGroup } from '../../src/app/trunk-groups/assign-trunk-group.ts';
import { unassignTrunkGroup } from '../../src/app/trunk-groups/unassign-trunk-group.ts';
import { createAgentInbox } from '../../src/redis/agent-inbox.ts';
import { keys } from '../../src/redis/keys.ts';
import { until } from '../sip/support/call-stage.ts';
import { DEADLINE_MS, openUnassignBench, type UnassignBench, value } from './support/unassign-bench.ts';

let bench: UnassignBench;
beforeAll(async () => {
  bench = await openUnassignBench();
});
afterAll(() => bench.close());

/** A call that the phone has answered, and which Postgres knows of. */
async function liveCall(to: string, phone = bench.phone) {
  const call = bench.callIn(to);
  const ringing = await phone.expectInvite();
  ringing.answer();
  await call.answered();
  await ringing.waitAck();
  return { call, ringing };
}

describe('a number that leaves its trunk group', () => {
  it('takes no further call at once, and its live call goes on until the deadline ends it', async () => {
    const number = await bench.newNumber(bench.group.id);
    const { call, ringing } = await liveCall(number.e164);
    const after = value(await unassignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id }));
    expect(after).toMatchObject({ trunkGroupId: null, version: number.version + 1 });

    const refused = bench.callIn(number.e164);
    expect((await refused.final()).status).toBe(480);
    const [waiting] = await bench.jobs(number.id);
    await until(
      () => 'the job has not looked yet',
      async () => ((await bench.jobs(number.id))[0]?.runs ?? 0) >= 2,
    );
    expect((await bench.jobs(number.id))[0]).toMatchObject({ id: waiting?.id, state: expect.stringMatching(/queued|running/) });
    expect(bench.stage.agents[0]?.agent.callCount).toBe(1);

    bench.clock.advance(DEADLINE_MS);
    await Promise.all([call.waitBye(), ringing.waitBye()]);
    const job = await bench.finished(number.id);
    expect(job.result).toEqual({ drained: 0, ended: 1, left: 0 });
    const [record] = await bench.sql('select outcome, ended_by, refusal_code from calls where called = $1 and outcome = $2', [
      number.e164,
      'completed',
    ]);
    expect(record).toEqual({ outcome: 'completed', ended_by: 'platform', refusal_code: 'hung_up' });
  });

  it('leaves one history row, one audit row of the change and one of its end, and one event', async () => {
    const number = await bench.newNumber(bench.group.id);
    value(await unassignTrunkGroup(bench.deps, bench.tenant, { e164: number.e164 }));
    const job = await bench.finished(number.id);
    expect(job.result).toEqual({ drained: 0, ended: 0, left: 0 });
    const history = await bench.sql('select epoch, trunk_group_id from number_trunk_groups where number_id = $1', [number.id]);
    expect(history).toEqual([{ epoch: number.version + 1, trunk_group_id: bench.group.id }]);
    const audit = await bench.sql("select action from audit where resource = $1 and action <> 'test.own' order by at, id", [
      `number:${number.id}`,
    ]);
    expect(audit.map(({ action }) => action)).toEqual(['number.unassign_trunk_group', 'number.trunk_group_unassigned']);
    const ended = "select type, payload from events where resource = $1 and type = 'number.trunk_group_unassigned'";
    const events = await bench.sql(ended, [`number:${number.id}`]);
    expect(events).toEqual([
      {
        type: 'number.trunk_group_unassigned',
        payload: { number_id: number.id, e164: number.e164, trunk_group_id: bench.group.id, drained: 0, ended: 0, left: 0 },
      },
    ]);
  });

  it('waits for a call that ends by itself', async () => {
    const number = await bench.newNumber(bench.group.id);
    const { call, ringing } = await liveCall(number.e164);
    value(await unassignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id }));
    await until(
      () => 'the job has not seen the call',
      async () => JSON.stringify((await bench.jobs(number.id))[0]?.progress).includes('seen":["'),
    );
    await call.bye();
    await ringing.waitBye();
    expect((await bench.finished(number.id)).result).toEqual({ drained: 1, ended: 0, left: 0 });
  });

  it('may get another group right away, whose calls are left alone', async () => {
    const otherPhone = await bench.stage.party({ user: 'other' });
    const other = await bench.newGroup([otherPhone]);
    const number = await bench.newNumber(bench.group.id);
    const old = await liveCall(number.e164);
    value(await unassignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id }));
    value(await assignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id, trunkGroupId: other.id }));
    const fresh = await liveCall(number.e164, otherPhone);
    bench.clock.advance(DEADLINE_MS);
    await Promise.all([old.call.waitBye(), old.ringing.waitBye()]);
    expect((await bench.finished(number.id)).result).toEqual({ drained: 0, ended: 1, left: 0 });
    expect(bench.stage.agents[0]?.agent.callCount).toBe(1);
    await fresh.call.bye();
    await fresh.ringing.waitBye();
  });

  it('may get the same group again, and calls that began since then are left alone', async () => {
    const number = await bench.newNumber(bench.group.id);
    const old = await liveCall(number.e164);
    value(await unassignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id }));
    value(await assignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id, trunkGroupId: bench.group.id }));
    const fresh = await liveCall(number.e164);
    bench.clock.advance(DEADLINE_MS);
    await Promise.all([old.call.waitBye(), old.ringing.waitBye()]);
    expect((await bench.finished(number.id)).result).toEqual({ drained: 0, ended: 1, left: 0 });
    expect(bench.stage.agents[0]?.agent.callCount).toBe(1);
    await fresh.call.bye();
    await fresh.ringing.waitBye();
  });

  it('has the same aftermath when a PATCH replaces the group, or a new endpoint takes the number (decision B9)', async () => {
    const patched = await bench.newNumber(bench.group.id);
    const other = await bench.newGroup([bench.phone]);
    const input = { numberId: patched.id, patch: { trunkGroupId: other.id }, by: 'tenant', ifVersion: null } as const;
    value(await updateNumber(bench.deps, bench.tenant, input));
    expect((await bench.finished(patched.id)).result).toEqual({ drained: 0, ended: 0, left: 0 });

    const taken = await bench.newNumber(bench.group.id);
    const endpoint = {
      name: 'desk',
      type: 'custom_sip',
      url: `sip:127.0.0.1:${bench.phone.port}`,
      providerConfig: {},
      status: 'active',
    } as const;
    value(await createEndpoint(bench.deps, bench.tenant, { ...endpoint, accountId: bench.account.id, mode: 'live', numberId: taken.id }));
    expect((await bench.finished(taken.id)).result).toEqual({ drained: 0, ended: 0, left: 0 });
  });
});

describe('assigning', () => {
  it('refuses a number that has a group, a group of somebody else, and unassigning twice', async () => {
    const number = await bench.newNumber(bench.group.id);
    const again = await assignTrunkGroup(bench.deps, bench.tenant, { e164: number.e164, trunkGroupId: bench.group.id });
    expect(again).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
    const foreign = await assignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id, trunkGroupId: bench.account.id });
    expect(foreign).toEqual({ ok: false, error: { kind: 'not_found', resource: 'trunk_group' } });
    value(await unassignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id }));
    expect(await unassignTrunkGroup(bench.deps, bench.tenant, { numberId: number.id })).toMatchObject({ error: { kind: 'wrong_state' } });
    expect(await unassignTrunkGroup(bench.deps, bench.tenant, { e164: '+15550199' })).toEqual({
      ok: false,
      error: { kind: 'not_found', resource: 'number' },
    });
  });
});

describe('the inbox of an agent', () => {
  it('says unknown for a call the agent does not have, and no_answer where no agent is', async () => {
    const agentId = bench.stage.agents[0]?.agent.agentId ?? '';
    const inbox = createAgentInbox(bench.stage.plane.redis, 500);
    expect(await inbox.hangUp(agentId, 'no-such-call')).toBe('unknown');
    expect(await inbox.hangUp('no-such-agent', 'no-such-call')).toBe('no_answer');
  });

  it('ends a call that still rings with 480 hung_up', async () => {
    const number = await bench.newNumber(bench.group.id);
    const call = bench.callIn(number.e164);
    const ringing = await bench.phone.expectInvite();
    ringing.ring();
    await call.provisional(180);
    const [admitted] = (await bench.stage.plane.redis.hkeys(keys.use(number.id))).filter((field) => field.length > 1);
    const agentId = bench.stage.agents[0]?.agent.agentId ?? '';
    expect(await createAgentInbox(bench.stage.plane.redis, 2000).hangUp(agentId, admitted ?? '')).toBe('ended');
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([480, 'hung_up']);
  });
});
