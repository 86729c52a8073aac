import { hasOptionTag } from './option-tags.ts';
import type { ReceivedReply, ReceivedRequest, SipHeaders } from './sip-stack.ts';

/**
 * Asks a called side for a session timer; who does not know them answers without one, and then there is none (RFC 4028 §7.1). Who may
 * ask for our login refreshes by himself: the SIP server, which refreshes for us, has none to answer with.
 */
export const sessionOffer = (seconds: number, theyRefresh: boolean): SipHeaders =>
  seconds === 0 ? {} : { Supported: 'timer', 'Session-Expires': `${seconds}${theyRefresh ? ';refresher=uas' : ''}` };

/** A longer one is as good as none. */
const SESSION_SECONDS_MAX = 86_400;

/**
 * The fields with which a side that said 422 may take the INVITE after all (RFC 4028 §7.3); null: it did not, or wants what nobody needs.
 * Where there is a login the SIP server leaves this to us: only we can answer the challenge anew.
 */
export function longerSessionOffer(refusal: Pick<ReceivedReply, 'status' | 'header'> | null, seconds: number): SipHeaders | null {
  const least = refusal?.status === 422 ? (refusal.header('Min-SE') ?? '').split(';', 1)[0]?.trim() : undefined;
  if (least === undefined || !/^\d{1,6}$/.test(least) || seconds === 0) return null;
  const wanted = Number(least);
  return wanted <= seconds || wanted > SESSION_SECONDS_MAX ? null : { ...sessionOffer(wanted, true), 'Min-SE': String(wanted) };
}

/**
 * Gives a caller who knows session timers one, no longer than he asked for and no shorter than he allows (RFC 4028 §9), refreshed by him
 * unless he leaves that to us; the SIP server refreshes for us, and ends the leg when nobody does. The two legs of a call have nothing to
 * do with each other's.
 */
export function sessionAnswer(invite: Pick<ReceivedRequest, 'header'>, seconds: number): SipHeaders {
  if (seconds === 0 || !knowsTimers(invite)) return {};
  const asked = invite.header('Session-Expires') ?? '';
  const refresher = /;\s*refresher\s*=\s*uas\b/i.test(asked) ? 'uas' : 'uac';
  const offered = /^\s*(\d{1,9})\s*(?:;|$)/.exec(asked)?.[1];
  const ours = Math.max(seconds, Number(/^\s*(\d{1,6})\s*(?:;|$)/.exec(invite.header('Min-SE') ?? '')?.[1] ?? 0));
  const least = Math.min(ours, Math.max(Number(offered ?? ours), LEAST_SECONDS));
  return { 'Session-Expires': `${least};refresher=${refresher}`, ...(refresher === 'uac' ? { Require: 'timer' } : {}) };
}

/** RFC 4028 §5: nobody may ask for less; the SIP server refuses who does with 422. */
const LEAST_SECONDS = 90;

const knowsTimers = (invite: Pick<ReceivedRequest, 'header'>): boolean => hasOptionTag(invite.header('Supported'), 'timer');
