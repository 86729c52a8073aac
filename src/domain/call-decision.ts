import type { CallRequest, Decision, DecisionSettings } from './call.ts';
import { challenge, drop, reject, strangers } from './decision-outcome.ts';
import { boundCallerText } from './dial-string.ts';
import { type Direction, decideDirection } from './direction.ts';
import { carrierParties, decideInbound } from './inbound-decision.ts';
import { decideOutbound } from './outbound-decision.ts';
import { credentialPeer, customerPeer, type OutboundPeer, transferPeer } from './outbound-peer.ts';
import { type Deciding, type DecisionContext, type Need, note, type RecordView, readRecord } from './record-view.ts';
import { recordRef } from './records.ts';
import { calledBy, type SourceGroup } from './source-groups.ts';
import type { TransferFact } from './transfer-fact.ts';

/** The number a carrier meant, or its dial string where it is none. */
function calledText(context: DecisionContext, { group }: SourceGroup): string {
  const called = calledBy(context, group);
  return called.kind === 'e164' ? called.e164 : boundCallerText(context.request.requestUser);
}

const peerOf = (context: DecisionContext, direction: Extract<Direction, { kind: 'outbound' }>): OutboundPeer =>
  'credential' in direction ? credentialPeer(context, direction.credential, direction.through) : customerPeer(context, direction.customer);

/** A call that a REFER asked for is a call of the account out, whoever asked; a trunk group that is off or only receives places none. */
function* decideTransfer(context: DecisionContext, transfer: TransferFact): Deciding<Decision> {
  const { callId, accountId, subAccountId, mode, trunkGroupId: id } = transfer;
  const group = id === undefined ? null : yield* readRecord(context, 'trunk_group', recordRef.trunkGroup(id));
  const isUsable = id === undefined || (group?.enabled === true && group.receivesOnly === undefined);
  note(context, 'transfer', isUsable, { callId, accountId, ...(id === undefined ? {} : { trunkGroupId: id }) });
  if (isUsable) return yield* decideOutbound(context, transferPeer(context, transfer, group));
  const parties = { ...strangers(context.request), direction: 'outbound', mode, accountId, subAccountId } as const;
  return reject(context, { ...parties, identifiedBy: { kind: 'call', id: callId } }, 'transfer_refused');
}

function* decide(context: DecisionContext): Deciding<Decision> {
  const { transfer } = context.request;
  if (transfer !== undefined) return yield* decideTransfer(context, transfer);
  const direction = yield* decideDirection(context);
  const nobody = strangers(context.request);
  switch (direction.kind) {
    case 'inbound':
      return yield* decideInbound(context, direction.found);
    case 'outbound':
      return yield* decideOutbound(context, peerOf(context, direction));
    case 'not_ours': {
      const { carrier } = direction;
      return reject(context, carrierParties(context, carrier, calledText(context, carrier)), 'number_unknown');
    }
    case 'ambiguous': {
      const { group } = direction.customer;
      const identifiedBy = { kind: 'trunk_group', id: group.id } as const;
      return reject(context, { ...nobody, direction: 'outbound', mode: group.mode, identifiedBy }, 'source_ambiguous');
    }
    case 'challenge':
      return challenge(context, nobody, direction);
    case 'stranger':
      return context.settings.unknownSource === 'forbid' ? reject(context, nobody, 'unknown_source') : drop(context, nobody);
  }
}

/**
 * Decides one call from what the view holds: connect, reject, challenge or drop, or names the records it lacks. Load those and
 * call it again; it starts over and asks for more as it gets further, at most about ten times.
 */
export function decideCall(request: CallRequest, view: RecordView, settings: DecisionSettings): Decision | Need {
  const context: DecisionContext = { request, settings, view, steps: [], versions: new Map() };
  const next = decide(context).next();
  return next.done === true ? next.value : { outcome: 'need', ...next.value };
}
