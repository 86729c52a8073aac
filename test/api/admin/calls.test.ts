import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdmittedEvent, CallEvent } from '../../../src/domain/call-event.ts';
import { recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const AT = Date.parse('2026-03-01T10:00:00Z');

/** The events of an inbound call that was answered by its second target, with parties of its own. */
function callEvents({ at = AT, caller = '+33100000001', called = '+442071838750', accountId = newId() } = {}): CallEvent[] {
  const callId = newId();
  const base = (seq: number) => ({ callId, seq, agentId: 'agent-1', at: at + seq * 1000 });
  const admitted: AdmittedEvent = {
    ...base(0),
    type: 'admitted',
    parties: {
      direction: 'inbound',
      mode: 'live',
      called,
      caller,
      numberId: newId(),
      accountId,
      subAccountId: null,
      identifiedBy: { kind: 'trunk_group', id: newId() },
    },
    origin: { sipCallId: `a-leg-${callId}`, sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
    versions: [{ record: recordRef.number('live', called), version: 7 }],
    decisionInput: '{}',
    leases: [],
  };
  const attempt = (seq: number, n: number) =>
    ({
      ...base(seq),
      type: 'attempt',
      n,
      sipCallId: `b${n}-${callId}`,
      trunkGroupId: null,
      gatewayId: null,
      uri: `sip:t${n}@203.0.113.7`,
      leases: [],
    }) as const;
  const attemptEnded = (seq: number, n: number, sipStatus: number, outcome: 'answered' | 'failed') =>
    ({ ...base(seq), type: 'attempt_ended', n, sipCallId: `b${n}-${callId}`, sipStatus, outcome }) as const;
  return [
    admitted,
    attempt(1, 1),
    attemptEnded(2, 1, 503, 'failed'),
    attempt(3, 2),
    attemptEnded(4, 2, 200, 'answered'),
    { ...base(5), type: 'answered', sipStatus: 200 },
    { ...base(6), type: 'ended', outcome: 'completed', sipStatus: 200, code: null, endedBy: 'caller' },
  ];
}
const time = (seconds: number) => new Date(AT + seconds * 1000).toISOString();
const ids = async (query: string): Promise<string[]> =>
  (await api.admin('GET', `/calls?${query}`)).body.data.map((call: { call_id: string }) => call.call_id);

describe('200', () => {
  it('lists the calls that go on, alone and with other filters, and those that are over', async () => {
    const accountId = newId();
    const [going, over, anothers] = [callEvents({ accountId }), callEvents({ accountId }), callEvents()];
    const idOf = (events: readonly CallEvent[]) => events[0]?.callId;
    await api.folder.fold([...going.slice(0, -1), ...over, ...anothers.slice(0, -1)]);
    expect(await ids('live=true&limit=250')).toEqual(expect.arrayContaining([idOf(going), idOf(anothers)]));
    expect(await ids(`live=true&account_id=${accountId}`)).toEqual([idOf(going)]);
    expect(await ids(`live=true&account_id=${accountId}&number=%2B442071838750`)).toEqual([idOf(going)]);
    expect(await ids(`live=true&sip_call_id=a-leg-${idOf(going)}`)).toEqual([idOf(going)]);
    expect(await ids(`live=true&sip_call_id=a-leg-${idOf(over)}`)).toEqual([]);
    expect(await ids(`live=false&account_id=${accountId}`)).toEqual([idOf(over)]);
    await api.folder.fold(going.slice(-1));
    expect(await ids(`live=true&account_id=${accountId}`)).toEqual([]);
    expect(wrongFields(await api.admin('GET', '/calls?live=yes'))).toEqual({ live: 'invalid' });
  });

  it('shows a call with every attempt', async () => {
    const events = callEvents();
    await api.folder.fold(events);
    const admitted = events[0] as AdmittedEvent;
    const { callId } = admitted;
    const answer = await api.admin('GET', `/calls/${callId}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({
      call_id: callId,
      sip_call_id: `a-leg-${callId}`,
      sip_call_ids: [`a-leg-${callId}`, `b1-${callId}`, `b2-${callId}`],
      direction: 'inbound',
      mode: 'live',
      plane_mode: null,
      from: '+33100000001',
      to: '+442071838750',
      number_id: admitted.parties.numberId,
      account_id: admitted.parties.accountId,
      sub_account_id: null,
      called_account_id: null,
      called_sub_account_id: null,
      source: '192.0.2.1:5060/udp',
      agent_id: 'agent-1',
      started_at: time(0),
      answered_at: time(5),
      ended_at: time(6),
      post_dial_delay_ms: null,
      duration_ms: 1000,
      outcome: 'completed',
      sip_status: 200,
      refusal_code: null,
      ended_by: 'caller',
      versions: [{ record: 'number:live:+442071838750', version: 7 }],
      attempts: [
        {
          n: 1,
          trunk_group_id: null,
          gateway: null,
          uri: 'sip:t1@203.0.113.7',
          sip_call_id: `b1-${callId}`,
          sip_status: 503,
          started_at: time(1),
          ended_at: time(2),
          outcome: 'failed',
        },
        {
          n: 2,
          trunk_group_id: null,
          gateway: null,
          uri: 'sip:t2@203.0.113.7',
          sip_call_id: `b2-${callId}`,
          sip_status: 200,
          started_at: time(3),
          ended_at: time(4),
          outcome: 'answered',
        },
      ],
    });
  });

  it('finds calls by any leg, by either number, by account and by time, newest first', async () => {
    const accountId = newId();
    const [older, newer] = [callEvents({ accountId, caller: '+33100000002' }), callEvents({ accountId, at: AT + 60_000, called: '112' })];
    await api.folder.fold([...older, ...newer]);
    const [a, b] = [older[0]!.callId, newer[0]!.callId];
    for (const leg of ['a-leg', 'b1', 'b2']) expect(await ids(`sip_call_id=${leg}-${a}`)).toEqual([a]);
    for (const number of ['+33100000002', '%2B33100000002', '%2033100000002', '33100000002'])
      expect(await ids(`number=${number}`)).toEqual([a]);
    expect(await ids('number=112')).toEqual([b]);
    expect(await ids(`account_id=${accountId}`)).toEqual([b, a]);
    expect(await ids(`account_id=${accountId}&since=${new Date(AT + 1).toISOString()}`)).toEqual([b]);
    expect(await ids(`sip_call_id=${encodeURIComponent('\u00e9%nobody')}`)).toEqual([]);
  });

  it('goes back in time page by page', async () => {
    const accountId = newId();
    const calls = Array.from({ length: 5 }, (_, i) => callEvents({ accountId, at: AT + Math.floor(i / 2) * 1000 }));
    await api.folder.fold(calls.flat());
    const seen = (await walk(api, `/calls?account_id=${accountId}&`, 2)) as unknown as { call_id: string; started_at: string }[];
    expect(new Set(seen.map(({ call_id }) => call_id))).toEqual(new Set(calls.map(([first]) => first!.callId)));
    expect(seen).toHaveLength(5);
    expect(seen.map(({ started_at }) => started_at)).toEqual(
      seen
        .map(({ started_at }) => started_at)
        .toSorted()
        .toReversed(),
    );
  });

  it('waits for a call that is still to come, and for its end', async () => {
    const events = callEvents();
    const { callId } = events[0]!;
    const asked = api.admin('GET', `/calls/${callId}?wait_ms=8000`);
    const listed = api.admin('GET', `/calls?sip_call_id=a-leg-${callId}&wait_ms=8000`);
    await api.folder.fold(events.slice(0, 3));
    const open = (await api.admin('GET', `/calls/${callId}`)).body;
    expect(open).toMatchObject({ ended_at: null, outcome: null, attempts: [{ n: 1, outcome: 'failed' }] });
    await api.folder.fold(events.slice(3));
    expect((await asked).body).toMatchObject({ call_id: callId, outcome: 'completed' });
    expect((await listed).body.data).toMatchObject([{ call_id: callId, outcome: 'completed' }]);
  });

  it('gives up waiting at the time that was asked for', async () => {
    const startedAt = performance.now();
    expect((await api.admin('GET', `/calls/${newId()}?wait_ms=120`)).status).toBe(404);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(120);
    expect((await api.admin('GET', '/calls?sip_call_id=nobody&wait_ms=60')).body).toEqual({ data: [], next: null });
  });

  it('shows a call whose first event has not come yet', async () => {
    const [, attempt] = callEvents();
    await api.folder.fold([attempt!]);
    const { callId } = attempt!;
    expect((await api.admin('GET', `/calls/${callId}`)).body).toMatchObject({
      sip_call_id: `b1-${callId}`,
      source: null,
      direction: 'unknown',
    });
  });
});

describe('422', () => {
  it.each([
    ['wait_ms=10001', { wait_ms: 'out_of_range' }],
    ['since=yesterday', { since: 'invalid' }],
    ['since=0000-01-01T00:00:00Z', { since: 'invalid' }],
    ['number=%00', { number: 'invalid' }],
    ['sip_call_id=', { sip_call_id: 'out_of_range' }],
    ['to=112', { to: 'unknown' }],
  ])('names the parameter of %s', async (query, fields) => {
    const answer = await api.admin('GET', `/calls?${query}`);
    expect(answer.status).toBe(422);
    expect(wrongFields(answer)).toEqual(fields);
  });
});
