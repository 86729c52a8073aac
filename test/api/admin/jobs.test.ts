import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import { ok } from '../../../src/kit/result.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';
import { aJob, anOpenCall, standInAgent } from './jobs-and-calls.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const STAMP = { kind: 'system', id: 'test', accountId: null, requestId: 'test', ip: null };

async function fail(id: string): Promise<void> {
  await api.deps.unitOfWork.change(STAMP, async (tx) => {
    const job = await tx.jobs.start(id, api.clock.now(), 1000);
    const end = { state: 'failed', tries: 3, progress: null, result: null, error: 'internal_error', dueAt: api.clock.now() } as const;
    return ok(await tx.jobs.end(job ?? { id, runs: 0 }, end, api.clock.now()));
  });
}

describe('GET /admin/v1/jobs', () => {
  it('lists jobs by queue, state and number, page by page', async () => {
    const { key, account } = await api.newAccount();
    const number = await api.newNumber(key);
    const mine = await aJob(api, { numberId: number.id, accountId: account.id });
    const failed = await aJob(api);
    await fail(failed);
    const ids = async (query: string) => (await api.admin('GET', `/jobs?${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await ids(`queue=trunk-group-unassign&number=${encodeURIComponent(number.e164)}`)).toEqual([mine]);
    expect(await ids(`queue=trunk-group-unassign&number=${number.e164}`)).toEqual([mine]);
    expect(await ids('state=failed')).toContain(failed);
    expect(await ids('state=failed')).not.toContain(mine);
    // The number that was bought renews in a month.
    expect(await ids(`queue=billing-renewals&number=${number.e164}`)).toHaveLength(1);
    expect(await ids('queue=reports')).toEqual([]);
    for (let count = 0; count < 5; count += 1) await aJob(api);
    const all = (await walk(api, '/jobs?', 2)).map(({ id }) => id);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining([mine, failed]));
  });

  it('shows one job, and 404 for none', async () => {
    const id = await aJob(api);
    expect((await api.admin('GET', `/jobs/${id}`)).body).toMatchObject({
      id,
      queue: 'trunk-group-unassign',
      state: 'queued',
      runs: 0,
      tries: 0,
      error: null,
    });
    expect((await api.admin('GET', `/jobs/${newId()}`)).status).toBe(404);
  });

  it('refuses a queue or a state there is not', async () => {
    expect(Object.keys(wrongFields(await api.admin('GET', '/jobs?queue=lunch&state=tired')))).toEqual(['queue', 'state']);
  });
});

describe('POST /admin/v1/jobs/{id}/retry', () => {
  it('queues a failed job anew; one that runs or is done is 409', async () => {
    const id = await aJob(api);
    await fail(id);
    const answer = await api.admin('POST', `/jobs/${id}/retry`);
    expect([answer.status, answer.body.state, answer.body.tries, answer.body.error]).toEqual([200, 'queued', 0, null]);
    expect(await api.actions(`job:${id}`)).toEqual(['job.retry']);
    await api.deps.unitOfWork.change(STAMP, async (tx) => ok(await tx.jobs.start(id, api.clock.now(), 60_000)));
    expect((await api.admin('POST', `/jobs/${id}/retry`)).status).toBe(409);
  });
});

describe('POST /admin/v1/calls/{call_id}/hangup', () => {
  it('orders the agent of the call to end it, with one audit row', async () => {
    const agent = standInAgent(api, 'agent-7');
    try {
      const callId = await anOpenCall(api, 'agent-7');
      const answer = await api.admin('POST', `/calls/${callId}/hangup`);
      expect([answer.status, answer.body]).toEqual([200, { call_id: callId, outcome: 'ended' }]);
      expect(agent.asked).toEqual([callId]);
      expect(await api.actions(`call:${callId}`)).toEqual(['call.hang_up']);
    } finally {
      await agent.stop();
    }
  });

  it('is 503 with Retry-After when its agent does not answer, 409 when the call is over', async () => {
    const callId = await anOpenCall(api, 'gone');
    const answer = await api.admin('POST', `/calls/${callId}/hangup`);
    expect([answer.status, answer.body.code]).toEqual([503, 'agent_no_answer']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const end = { type: 'ended', outcome: 'completed', sipStatus: 200, code: null, endedBy: 'caller' } as const;
    await api.folder.fold([{ ...end, callId, seq: 2, agentId: 'gone', at: api.clock.now() }]);
    expect((await api.admin('POST', `/calls/${callId}/hangup`)).status).toBe(409);
    expect(await api.actions(`call:${callId}`)).toEqual([]);
  });
});
