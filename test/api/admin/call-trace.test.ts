import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi } from './admin-api.ts';
import { aLiveAgent, anOpenCall, aSipBan, aTracedMessage, standInAgent } from './jobs-and-calls.ts';

let api: AdminApi;
let agents: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  api = await startAdminApi();
  agents = [standInAgent(api, 'knows', { x: [aTracedMessage('x'), aTracedMessage('x', { text: 'ACK sip:a SIP/2.0\r\n\r\n' })] })];
});
afterAll(async () => {
  for (const agent of agents) await agent.stop();
  await api.close();
});

describe('the trace of a call', () => {
  it('is 404 with a reason while nobody has it, and for a call nobody knows like any other resource', async () => {
    const callId = await anOpenCall(api, 'gone');
    const none = await api.admin('GET', `/calls/${callId}/trace`);
    expect([none.status, none.body.code]).toEqual([404, 'trace_not_found']);
    expect(none.body.detail).toContain('too long ago');
    const unknown = await api.admin('GET', `/calls/${newId()}/trace`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
  });

  it('comes from another agent of its SIP server when its own is gone, as JSON, as text and as a ladder', async () => {
    await aLiveAgent(api, 'knows');
    const callId = await anOpenCall(api, 'gone');
    const json = await api.admin('GET', `/calls/${callId}/trace`);
    expect(json.status).toBe(200);
    expect(json.body).toMatchObject({ call_id: callId, messages_left_out: 0 });
    expect(json.body.messages[0]).toEqual({
      at: '2026-03-01T10:00:00.250Z',
      leg: 'callee',
      direction: 'in',
      peer: '192.0.2.7:5060/udp',
      transport: 'udp',
      sip_call_id: 'x',
      text: 'INVITE sip:+442071838750@example.com SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\nv=0',
    });
    const text = await api.admin('GET', `/calls/${callId}/trace`, { headers: { Accept: 'text/plain' } });
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.text).toMatch(/^--- 2026-03-01T10:00:00\.250Z callee in 192\.0\.2\.7:5060\/udp\nINVITE sip:/);
    const ladder = await api.admin('GET', `/calls/${callId}/trace?format=ladder`);
    expect(ladder.text).toContain('<-');
    expect(ladder.text).toContain('INVITE SDP');
    const account = await api.newAccount();
    expect((await api.call('GET', `/admin/v1/calls/${callId}/trace`, { key: account.key })).status).toBe(401);
  });
});

describe('bans of SIP sources', () => {
  it('are listed with their end and lifted by any address of their IPv6 /64, once', async () => {
    await aSipBan(api, '192.0.2.7');
    await aSipBan(api, '2001:db8:0:1::');
    const { body } = await api.admin('GET', '/sip-bans');
    expect(body.data.map(({ address }: { address: string }) => address).toSorted()).toEqual(['192.0.2.7', '2001:db8:0:1::']);
    expect(body.data[0]).toMatchObject({ failures: 1, expires_in_seconds: 60 });
    expect((await api.admin('DELETE', '/sip-bans/2001:db8:0:1::77')).status).toBe(204);
    expect(await api.actions('sip_ban:2001:db8:0:1::')).toEqual(['sip_ban.lift']);
    for (const path of ['2001:db8:0:1::77', '192.0.2.8', 'nobody']) {
      const again = await api.admin('DELETE', `/sip-bans/${path}`);
      expect([again.status, again.body.code], path).toEqual([404, 'not_found']);
    }
    expect((await api.admin('GET', '/sip-bans')).body.data).toHaveLength(1);
  });
});
