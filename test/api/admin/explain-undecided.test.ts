import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RefusedEvent } from '../../../src/domain/call-event.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

describe('410', () => {
  it('says of a call that was turned away before any decision that there is nothing to explain', async () => {
    const callId = newId();
    const parties = { direction: 'inbound', mode: 'live', called: '+442071838750', caller: '+33612345678' } as const;
    // As an agent without records and without Redis writes it (decision C10).
    const refused: RefusedEvent = {
      type: 'refused',
      callId,
      seq: 0,
      agentId: 'agent-1',
      at: Date.now(),
      parties: { ...parties, numberId: null, accountId: null, subAccountId: null, identifiedBy: { kind: 'trunk_group', id: newId() } },
      origin: { sipCallId: `a-${callId}`, sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
      versions: [],
      decisionInput: JSON.stringify({ v: 0 }),
      code: 'plane_degraded',
      sipStatus: 503,
    };
    await api.folder.fold([refused]);
    const answer = await api.admin('POST', '/explain', { body: { call_id: callId } });
    expect([answer.status, answer.body.code], answer.text).toEqual([410, 'explain_undecided']);
  });
});
