import type { BridgedCall } from './answered-call.ts';
import { Bridge, type BridgeOptions } from './bridge.ts';
import type { Handover } from './handover.ts';
import { contentOf } from './message-content.ts';
import type { DialogReply } from './sip-stack.ts';
import type { TransferReport } from './transfer-report.ts';

/** Two calls that the same party is in, which leaves both of them. */
export interface Joining {
  readonly one: Handover;
  readonly other: Handover;
  readonly report: TransferReport;
}

/** True for two calls of one holder: nobody takes over a call of somebody else. */
export const haveOneHolder = ({ decision: a }: BridgedCall, { decision: b }: BridgedCall): boolean =>
  a.parties.accountId !== null && a.parties.accountId === b.parties.accountId && a.parties.subAccountId === b.parties.subAccountId;

const isRefused = (reply: DialogReply | null): reply is null => reply === null || reply.reply.status >= 300;

/**
 * Joins the two parties that are left: the offer of the one is answered by the other (RFC 3725 §4.1). When either refuses both calls
 * go on; but one that made an offer nobody answered, or took one of a party that is gone, has no session, and ends. Never rejects.
 */
export async function joinCalls({ one, other, report }: Joining, byeMs: number, options: BridgeOptions): Promise<void> {
  report.progress(100);
  const offer = await one.reinvite({});
  // Without an offer in it there is nothing to be answered.
  const answer = isRefused(offer) || offer.reply.body === '' ? null : await other.reinvite(contentOf(offer.reply));
  if (isRefused(offer) || isRefused(answer) || one.signal.aborted || other.signal.aborted) {
    report.end(488, 'not_acceptable');
    for (const handover of [one, other]) handover.fail();
    if (!isRefused(answer)) other.breakOff();
    if (isRefused(offer)) return;
    offer.acknowledge();
    one.breakOff();
    return;
  }
  offer.acknowledge(contentOf(answer.reply));
  try {
    new Bridge(one.take(byeMs), other.take(byeMs), { ...options, lateOffer: null, isEstablished: true });
    report.end(200);
  } catch (error) {
    options.log.error('two calls were not joined on a fault', { error: error instanceof Error ? error.stack : String(error) });
    report.end(500, 'internal_error');
    for (const handover of [one, other]) handover.breakOff();
  }
}
