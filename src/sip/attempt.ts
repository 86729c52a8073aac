import type { AttemptEnd } from '../domain/failover.ts';
import type { MessageContent, OutgoingInvite, ReceivedReply, SipDialog, SipServer } from './sip-stack.ts';

/** How long one target is waited for. */
export interface AttemptTimers {
  /** Until any response. */
  readonly firstResponseMs: number;
  /** Until the answer. */
  readonly ringMs: number;
}

/** The called side picked up; `acknowledge` must be called once. */
export interface AnsweredAttempt {
  readonly reply: ReceivedReply;
  readonly dialog: SipDialog;
  readonly acknowledge: (content?: MessageContent) => void;
  /** As in `Leg` of `try-leg.ts`. */
  readonly isForeign?: true | undefined;
}

/** What one INVITE to one target came to. */
export interface AttemptResult {
  readonly end: AttemptEnd;
  readonly answer: AnsweredAttempt | null;
  readonly why: string;
  /** What the target refused with; null where it said nothing final. */
  readonly refusal: ReceivedReply | null;
}

/** Reason of a signal: another phone took the call, so that this one shows no missed call (RFC 3326 §2). */
export const ELSEWHERE = Symbol('answered elsewhere');
const ANSWERED_ELSEWHERE = { Reason: 'SIP;cause=200;text="Call completed elsewhere"' };

/** An attempt that came to nothing. */
export const ended = (
  outcome: AttemptEnd['outcome'],
  sipStatus: number | null,
  why: string,
  refusal: ReceivedReply | null = null,
): AttemptResult => ({ end: { outcome, sipStatus }, answer: null, why, refusal });

/**
 * Sends one INVITE and follows it to its end: an answer, a refusal, one of the timers, or the caller's `signal`. An answer that
 * comes after any of these is acknowledged and ended below this (drachtio.md §5.3: no abandoned leg ever reaches the caller).
 */
export function attemptInvite(
  server: SipServer,
  invite: OutgoingInvite,
  timers: AttemptTimers,
  signal: AbortSignal,
  provisional: (reply: ReceivedReply) => void,
): Promise<AttemptResult> {
  if (signal.aborted) return Promise.resolve(ended('cancelled', null, 'cancelled'));
  return new Promise((resolve) => {
    const settle = (result: AttemptResult): void => {
      clearTimeout(first);
      clearTimeout(ring);
      signal.removeEventListener('abort', cancel);
      resolve(result);
    };
    const giveUp = (outcome: 'no_response' | 'ring_timeout' | 'cancelled', headers?: Record<string, string>): void => {
      handle.abandon(headers);
      settle(ended(outcome, null, outcome));
    };
    const cancel = (): void => giveUp('cancelled', signal.reason === ELSEWHERE ? ANSWERED_ELSEWHERE : undefined);
    const first = setTimeout(() => giveUp('no_response'), timers.firstResponseMs);
    const ring = setTimeout(() => giveUp('ring_timeout', { Reason: 'Q.850;cause=19' }), timers.ringMs);
    const handle = server.originate(invite, {
      sent: () => {},
      provisional(reply) {
        clearTimeout(first);
        provisional(reply);
      },
      answered: (reply, dialog, acknowledge) =>
        settle({ ...ended('answered', reply.status, 'answered'), answer: { reply, dialog, acknowledge } }),
      failed: (reply, why) => settle(reply === null ? ended('unreachable', null, why) : ended('failed', reply.status, why, reply)),
    });
    signal.addEventListener('abort', cancel, { once: true });
  });
}
