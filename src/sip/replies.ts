import { CALL_REFUSALS, type CallRefusalCode } from '../domain/refusal.ts';
import type { SipHeaders } from './sip-stack.ts';

/** What we can do in a dialog (RFC 3261 §20.5). */
export const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, REFER, NOTIFY';

/** What we take outside of a dialog (RFC 3261 §21.4.6). */
export const ALLOW_NEW = 'INVITE, ACK, CANCEL, OPTIONS, REGISTER';

/** The product, without a version: scanners need none. */
export const SERVER = 'Dialplane';

/** Header fields by which an identified peer finds its call again (decision C11). */
export const callIdField = (callId: string): SipHeaders => ({ 'X-Dialplane-Call-Id': callId });

/** Status and header fields of a refusal of ours; strangers (`callId` null) learn the status alone (invariant 10). */
export function refusalReply(code: CallRefusalCode, callId: string | null): { readonly status: number; readonly headers: SipHeaders } {
  const refusal = CALL_REFUSALS[code];
  const retry: SipHeaders = 'retryAfterSeconds' in refusal ? { 'Retry-After': String(refusal.retryAfterSeconds) } : {};
  if (callId === null) return { status: refusal.sipStatus, headers: retry };
  const { sipStatus, q850, meaning } = refusal;
  const headers = {
    ...retry,
    ...callIdField(callId),
    'X-Dialplane-Reason': code,
    // RFC 3326: one value per protocol, each in a field of its own, because a drachtio-server keeps the first value of a list alone.
    Reason: [`Q.850;cause=${q850}`, `SIP;cause=${sipStatus};text="${meaning}"`],
  };
  return { status: sipStatus, headers };
}

/** The answer with which the called side refused, passed on. */
export const passedOnReply = (sipStatus: number, callId: string): { readonly status: number; readonly headers: SipHeaders } => ({
  status: sipStatus,
  headers: { ...callIdField(callId), Reason: `SIP;cause=${sipStatus}` },
});
