import type { CallRequest } from './call.ts';
import type { DialContext } from './dial-string.ts';
import { boundCallerText, normaliseCaller } from './dial-string.ts';
import type { HolderAccount } from './holder-account.ts';
import { isInUse, isSuspended } from './inbound-decision.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { type Mode, type NumberRecord, recordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';

/** Who an outbound caller says they are, and whether they may. */
export interface OutboundCaller {
  /** E.164, or what was sent where it is none. */
  readonly text: string;
  readonly number: NumberRecord | null;
  readonly refusal: CallRefusalCode | null;
  /** True: it is a number of ours, and another account's. */
  readonly isOfAnother: boolean;
}

/** The first present of P-Preferred-Identity, P-Asserted-Identity, Remote-Party-Id and From (decision C15). */
function presented({ caller }: CallRequest): { header: string; text: string } {
  if (caller.ppi !== undefined) return { header: 'P-Preferred-Identity', text: caller.ppi };
  if (caller.pai !== undefined) return { header: 'P-Asserted-Identity', text: caller.pai };
  if (caller.rpid !== undefined) return { header: 'Remote-Party-ID', text: caller.rpid };
  return { header: 'From', text: caller.from };
}

function refusalOf(number: NumberRecord | null): CallRefusalCode | null {
  if (number === null) return 'caller_not_owned';
  if (isSuspended(number)) return 'caller_suspended';
  return number.allowOutbound ? null : 'number_outbound_disabled';
}

const holds = (account: HolderAccount, number: NumberRecord): boolean =>
  number.ownerAccountId === account.holder.ownerAccountId && number.subAccountId === account.holder.subAccountId && isInUse(number);

/** The number that forwarded the call, where it is one of exactly this holder's that may call out; null: none, or somebody else's. */
export function* divertingNumber(context: DecisionContext, account: HolderAccount, mode: Mode, dial: DialContext): Deciding<string | null> {
  const { diversion } = context.request;
  const e164 = diversion === undefined ? null : normaliseCaller(diversion, dial);
  if (e164 === null) return null;
  const read = yield* readRecord(context, 'number', recordRef.number(mode, e164));
  const isOwn = read !== null && holds(account, read) && refusalOf(read) === null;
  note(context, 'diversion', true, { diversion: e164, own: isOwn });
  return isOwn ? e164 : null;
}

/** Reads the presented number: it must be exactly this holder's, in use, not suspended and allowed out (decisions C13, C15). */
export function* outboundCaller(
  context: DecisionContext,
  account: HolderAccount,
  mode: Mode,
  onlyE164: string | null,
  dial: DialContext,
): Deciding<OutboundCaller> {
  const { header, text } = presented(context.request);
  const e164 = normaliseCaller(text, dial);
  const read = e164 === null ? null : yield* readRecord(context, 'number', recordRef.number(mode, e164));
  const own = read !== null && holds(account, read) && (onlyE164 === null || onlyE164 === read.e164) ? read : null;
  const refusal = refusalOf(own);
  note(context, 'caller', refusal === null, { header, caller: e164, numberId: own?.id ?? null, refusal });
  const isOfAnother = read !== null && read.ownerAccountId !== account.holder.ownerAccountId;
  return { text: e164 ?? boundCallerText(text), number: own, refusal, isOfAnother };
}
