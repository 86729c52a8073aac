import { judgeCall } from '../../../src/app/calls/judge-call.ts';
import { storeDecision } from '../../../src/app/calls/stored-decision.ts';
import type { CallRequest, Decision, DecisionSettings } from '../../../src/domain/call.ts';
import type { RecordRef, Versioned } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { AdminApi } from './admin-api.ts';

/** A call as an agent would have decided it on the plane of the test, in the call log; its answer never came. */
export async function decidedCall(
  api: Pick<AdminApi, 'records' | 'folder' | 'clock'>,
  more: Partial<CallRequest> = {},
  rules: Partial<DecisionSettings> = {},
): Promise<{ readonly callId: string; readonly decision: Decision }> {
  const callId = newId();
  const request: CallRequest = {
    callId,
    at: api.clock.now(),
    sourceIp: '192.0.2.1',
    sourcePort: 5060,
    transport: 'udp',
    requestUser: '+442071838750',
    requestUriParams: {},
    requestHostIsOurs: true,
    toUser: '+442071838750',
    caller: { from: '+33612345678' },
    privacyId: false,
    maxForwards: 70,
    sources: [],
    auth: { result: 'none' },
    ...more,
  };
  const settings = { defaultCountry: null, unknownSource: 'drop', ...rules } as const;
  const held = new Map<RecordRef, Versioned>();
  let decision = judgeCall(request, { get: (ref) => held.get(ref) }, settings, () => false);
  while (decision.outcome === 'need') {
    for (const [ref, versioned] of await api.records.read(decision.refs)) held.set(ref, versioned);
    decision = judgeCall(request, { get: (ref) => held.get(ref) }, settings, () => false);
  }
  const decisionInput = storeDecision(decision, request, held, settings, 'normal');
  const origin = { sipCallId: `sip-${callId}`, sourceIp: request.sourceIp, sourcePort: request.sourcePort, transport: 'udp' };
  const { parties, versions } = decision;
  const common = { callId, seq: 0, agentId: 'a', at: request.at, parties, origin, versions, decisionInput };
  const refusal = decision.outcome === 'reject' ? decision : ({ code: 'number_unknown', sipStatus: 404 } as const);
  await api.folder.fold([
    decision.outcome === 'connect'
      ? { ...common, type: 'admitted', leases: [] }
      : { ...common, type: 'refused', code: refusal.code, sipStatus: refusal.sipStatus },
  ]);
  return { callId, decision };
}

/** What the index of sources would say of that group's address. */
export const fromGroup = (trunkGroupId: string, more: Partial<CallRequest['sources'][number]> = {}): Pick<CallRequest, 'sources'> => ({
  sources: [
    {
      trunkGroupId,
      groupKind: 'carrier',
      accountId: null,
      mode: 'live',
      entry: '192.0.2.1:5060',
      exactPort: true,
      exactTransport: false,
      prefixBits: 32,
      ...more,
    },
  ],
});
