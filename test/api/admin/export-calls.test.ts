import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AdmittedEvent } from '../../../src/domain/call-event.ts';
import { newId, newIdAt } from '../../../src/kit/ids.ts';
import { PLATFORM_KEY } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi, wrongFields } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const AT = Date.parse('2026-03-01T10:00:00Z');

function admitted(accountId: string, over: { at?: number; caller?: string; sipCallId?: string } = {}): AdmittedEvent {
  const at = over.at ?? AT;
  const callId = newIdAt(at);
  const { caller = '+33100000001', sipCallId = `a-${callId}` } = over;
  const parties = { direction: 'inbound', mode: 'live', called: '+442071838750', numberId: null, accountId, subAccountId: null } as const;
  return {
    ...{ type: 'admitted', callId, seq: 0, agentId: 'agent-1', at, planeMode: 'degraded', versions: [], decisionInput: '{}', leases: [] },
    parties: { ...parties, caller, identifiedBy: null },
    origin: { sipCallId, sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
  };
}

const ask = (path: string, signal?: AbortSignal, of = api): Promise<Response> =>
  fetch(`${of.url}/admin/v1${path}`, { headers: { Authorization: `Bearer ${PLATFORM_KEY}` }, signal: signal ?? null });

/** All that came before the end or the cut, and whether it was cut. */
async function readAll(answer: Response): Promise<{ text: string; cut: boolean }> {
  let text = '';
  try {
    for await (const chunk of answer.body!) text += Buffer.from(chunk).toString('utf8');
  } catch {
    return { text, cut: true };
  }
  return { text, cut: false };
}

/** Calls of an account, one a second from `AT` on, put straight into the table. */
async function addCalls(accountId: string, count: number): Promise<void> {
  await api.sql("select make_call_day('2026-03-01')");
  await api.sql(
    `insert into calls (call_id, direction, mode, caller, called, account_id, agent_id, started_at, last_seq)
     select call_id_at(at), 'inbound', 'live', '+33100000001', '+442071838750', $1, 'a', at, 0
     from (select to_timestamp($2::bigint / 1000.0 + n / 1000.0) as at from generate_series(1, $3::int) n) times`,
    [accountId, AT, count],
  );
}

it('exports as NDJSON what the list shows, newest first', async () => {
  const accountId = newId();
  await api.folder.fold([0, 1000, 2000].map((after) => admitted(accountId, { at: AT + after })));
  const answer = await ask(`/calls/export?format=ndjson&account_id=${accountId}`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const lines = (await answer.text()).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual((await api.admin('GET', `/calls?account_id=${accountId}`)).body.data);
  expect(lines).toHaveLength(3);
});

it('exports as CSV with stable columns, and no cell of a stranger is a formula or breaks out of its place', async () => {
  const accountId = newId();
  const hostile = ['=1+1', '-2+3', '@SUM(A1)', '+33"quoted",x', '+cmd|1', 'a"b,c'];
  await api.folder.fold(hostile.map((caller, i) => admitted(accountId, { at: AT + i, caller, sipCallId: '=HYPERLINK("x")' })));
  const answer = await ask(`/calls/export?account_id=${accountId}`);
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  const lines = (await answer.text()).split('\r\n');
  expect(lines[0]).toBe(
    'call_id,direction,mode,plane_mode,from,to,number_id,account_id,sub_account_id,source,agent_id,started_at,answered_at,ended_at,' +
      'post_dial_delay_ms,duration_ms,outcome,sip_status,refusal_code,ended_by,sip_call_id,attempts,trunk_group_id,gateway,versions',
  );
  const callers = ["'=1+1", "'-2+3", "'@SUM(A1)", '"\'+33""quoted"",x"', "'+cmd|1", '"a""b,c"'];
  expect(
    lines
      .slice(1, -1)
      .toReversed()
      .map((line) => line.slice(37)),
  ).toEqual(callers.map((caller) => expect.stringContaining(`inbound,live,degraded,${caller},+442071838750,,${accountId},`)));
  for (const line of lines.slice(1, -1)) expect(line).toContain(`"'=HYPERLINK(""x"")"`);
});

it('goes through many pages without a call twice or none', async () => {
  const accountId = newId();
  await addCalls(accountId, 2600);
  const { text, cut } = await readAll(await ask(`/calls/export?format=ndjson&account_id=${accountId}`));
  const ids = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).call_id as string);
  expect([cut, ids.length, new Set(ids).size]).toEqual([false, 2600, 2600]);
  expect(ids).toEqual(ids.toSorted().toReversed());
});

it('says in its last line that it broke off, and the transfer is cut', async () => {
  const hasty = await startAdminApi({ exportMsMax: 0 });
  try {
    const csv = await readAll(await ask('/calls/export', undefined, hasty));
    expect([csv.cut, csv.text.split('\r\n').at(-2)]).toEqual([true, '#error,export_incomplete,deadline']);
    const ndjson = await readAll(await ask('/calls/export?format=ndjson', undefined, hasty));
    expect([ndjson.cut, JSON.parse(ndjson.text)]).toEqual([true, { error: { code: 'export_incomplete', reason: 'deadline' } }]);
  } finally {
    await hasty.close();
  }
});

it('filters by every member of a record', async () => {
  const accountId = newId();
  const event = admitted(accountId);
  const [trunkGroupId, gatewayId] = [newId(), newId()];
  const { callId } = event;
  const base = { callId, agentId: 'agent-1' };
  await api.folder.fold([
    event,
    { ...base, type: 'attempt', seq: 1, at: AT + 1, n: 1, trunkGroupId, gatewayId, uri: 'sip:a', sipCallId: 'leg', leases: [] },
    { ...base, type: 'answered', seq: 2, at: AT + 1000, sipStatus: 200, postDialDelayMs: 300 },
    { ...base, type: 'ended', seq: 3, at: AT + 61_000, outcome: 'completed', sipStatus: 200, code: null, endedBy: 'callee' },
    admitted(accountId, { at: AT + 5000 }),
  ]);
  const found = async (query: string) =>
    (await api.admin('GET', `/calls?account_id=${accountId}&${query}`)).body.data.map((call: { call_id: string }) => call.call_id);
  for (const query of [
    `trunk_group_id=${trunkGroupId}`,
    `gateway_id=${gatewayId}&trunk_group_id=${trunkGroupId}`,
    `gateway_id=${gatewayId}&number=%2B33100000001`,
    `sip_call_id=leg&gateway_id=${gatewayId}`,
    'outcome=completed&direction=inbound&mode=live&plane_mode=degraded&sip_status=200',
    'duration_min_seconds=60',
    `until=${new Date(AT + 5000).toISOString()}`,
    `until=${new Date(AT + 1).toISOString()}&since=${new Date(AT).toISOString()}`,
  ]) {
    expect(await found(query), query).toEqual([callId]);
  }
  for (const query of ['duration_min_seconds=61', 'refusal_code=rate_exceeded', `gateway_id=${trunkGroupId}`, `number_id=${newId()}`]) {
    expect(await found(query), query).toEqual([]);
  }
  expect(wrongFields(await api.admin('GET', '/calls/export?format=xml&refusal_code=x'))).toEqual({
    format: 'invalid',
    refusal_code: 'invalid',
  });
});
