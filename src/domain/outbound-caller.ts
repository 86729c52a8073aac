import type { CallRequest } from './call.ts';
import { isInUse, isSuspended } from './callee.ts';
import type { DefaultCallerUse } from './default-caller.ts';
import type { DialContext } from './dial-string.ts';
import { boundCallerText, isTelephoneNumber, normaliseCaller } from './dial-string.ts';
import type { HolderAccount } from './holder-account.ts';
import type { OutboundPeer } from './outbound-peer.ts';
import { type Deciding, type DecisionContext, note, readRecord, want } from './record-view.ts';
import { type Mode, type NumberRecord, type RecordRef, recordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';

/** Who an outbound caller says they are, and whether they may. */
export interface OutboundCaller {
  /** E.164, or what was sent where it is none. */
  readonly text: string;
  readonly number: NumberRecord | null;
  readonly refusal: CallRefusalCode | null;
  /** True: it is a number of ours, and another account's. */
  readonly isOfAnother: boolean;
  /** True: whoever calls withheld who they are, and the number stands in for that. */
  readonly isWithheld: boolean;
}

/** Whose word it is, and what of theirs may stand in for it. */
type CallerPeer = Pick<OutboundPeer, 'mode' | 'onlyE164' | 'login' | 'defaultCaller' | 'isShared'>;

/** An own number in the place of what is presented; `only`: the one that its login may present (ADR 26). */
interface StandIn {
  readonly e164: string;
  readonly use: DefaultCallerUse | 'only';
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

/** The number that may stand in for that text; null: none. A number's login has nothing to choose, unless it names another number. */
function standInFor({ onlyE164, login, defaultCaller }: CallerPeer, text: string, dial: DialContext, emergency: boolean): StandIn | null {
  if (onlyE164 === null) return defaultCaller?.use === 'emergency' && !emergency ? null : defaultCaller;
  const isOwnName = text.toLowerCase() === login?.username.toLowerCase();
  return isOwnName || !isTelephoneNumber(text, dial) ? { e164: onlyE164, use: 'only' } : null;
}

/** True where it is asked for: what was presented is none of the holder's, or matters not. */
const isWanted = ({ e164, use }: StandIn, { number, refusal }: OutboundCaller): boolean =>
  refusal === 'caller_not_owned' || ((use === 'always' || use === 'emergency') && number?.e164 !== e164);

/** The caller with that number in its place, as far as it may be presented now; null: it is as if there were none. */
function* withStandIn(
  context: DecisionContext,
  account: HolderAccount,
  { mode }: CallerPeer,
  { e164, use }: StandIn,
  sent: OutboundCaller,
): Deciding<{ readonly caller: OutboundCaller | null; readonly facts: Readonly<Record<string, unknown>> }> {
  const read = yield* readRecord(context, 'number', recordRef.number(mode, e164));
  const number = read !== null && holds(account, read) ? read : null;
  const refusal = refusalOf(number);
  const facts = { caller: e164, use, numberId: number?.id ?? null, refusal };
  // Why its only number may not call says more than that it presented none.
  const isTaken = refusal === null || (use === 'only' && number !== null);
  const isWithheld = sent.text.toLowerCase() === 'anonymous';
  return { caller: isTaken ? { ...sent, text: e164, number, refusal, isWithheld } : null, facts };
}

/**
 * Reads the presented number: it must be exactly this holder's, in use, not suspended and allowed out (decisions C13, C15); or the
 * number that stands in for it, which must be so too (ADR 26). `also` is read with them.
 */
export function* outboundCaller(
  context: DecisionContext,
  account: HolderAccount,
  peer: CallerPeer,
  dial: DialContext,
  { also = [], emergency = false }: { readonly also?: readonly RecordRef[]; readonly emergency?: boolean } = {},
): Deciding<OutboundCaller> {
  const { mode, onlyE164 } = peer;
  const { header, text } = presented(context.request);
  const e164 = normaliseCaller(text, dial);
  const standIn = standInFor(peer, text, dial, emergency);
  const numbers = [e164, standIn?.e164 ?? null].filter((one) => one !== null);
  yield* want(context, [...numbers.map((one) => recordRef.number(mode, one)), ...also]);
  const read = e164 === null ? null : yield* readRecord(context, 'number', recordRef.number(mode, e164));
  const own = read !== null && holds(account, read) && (onlyE164 === null || onlyE164 === read.e164) ? read : null;
  const isOfAnother = read !== null && read.ownerAccountId !== account.holder.ownerAccountId;
  const sent = { text: e164 ?? boundCallerText(text), number: own, refusal: refusalOf(own), isOfAnother, isWithheld: false };
  // A neighbour of the peer's may have sent it, who speaks for himself (ADR 23).
  const isFree = standIn === null || (peer.isShared === true && isOfAnother) || !isWanted(standIn, sent);
  const stood = isFree ? null : yield* withStandIn(context, account, peer, standIn, sent);
  const caller = stood?.caller ?? sent;
  note(context, 'caller', caller.refusal === null, { header, caller: e164, numberId: own?.id ?? null, refusal: caller.refusal });
  if (stood !== null) note(context, 'presented', stood.facts['refusal'] === null, stood.facts);
  return caller;
}

/** The context of a call whose caller is withheld where the header says so and no Privacy does: the number in its place is not shown. */
export const withheldBy = (context: DecisionContext, { isWithheld }: OutboundCaller): DecisionContext =>
  isWithheld ? { ...context, request: { ...context.request, privacyId: true } } : context;
