import { contentOf } from './message-content.ts';
import { hasOptionTag } from './option-tags.ts';
import { callIdField } from './replies.ts';
import type { ReceivedInvite, ReceivedReply, ReceivedRequest } from './sip-stack.ts';

/** Whether a caller insists on provisional answers that he acknowledges (RFC 3262 §4). */
const requiresReliable = (invite: Pick<ReceivedRequest, 'header'>): boolean => hasOptionTag(invite.header('Require'), '100rel');

/**
 * Passes targets' 18x on to the caller. SDP goes along only from the attempt that can no longer be replaced: the early dialog
 * has one To tag, and two carriers' SDP in it would be two answers to one offer (decision C17, `early_media: last`).
 *
 * They are reliable for a caller who requires that, and for nobody else. What such a one hears first is the answer to his offer, and
 * there is no second (RFC 3262 §5); one who left the offer to us hears none, because it would have to be in it (RFC 3261 §13.2.1).
 */
export class Provisionals {
  readonly isReliable: boolean;
  readonly #invite: ReceivedInvite;
  readonly #callId: string;
  #hasAnswered = false;

  constructor(invite: ReceivedInvite, callId: string) {
    this.#invite = invite;
    this.#callId = callId;
    this.isReliable = requiresReliable(invite);
  }

  /** True when the caller heard something; `isLast`: he may hear the target's media. */
  relay(reply: ReceivedReply, isLast: boolean): boolean {
    const invite = this.#invite;
    if (reply.status <= 100 || reply.status === 199 || invite.finished || (this.isReliable && invite.body === '')) return false;
    const headers = { ...callIdField(this.#callId), ...(this.isReliable ? { Require: '100rel' } : {}) };
    const hasBody = reply.body !== '' && isLast && !this.#hasAnswered;
    invite.reply(reply.body === '' || isLast ? reply.status : 180, hasBody ? contentOf(reply, headers) : { headers });
    this.#hasAnswered ||= this.isReliable && hasBody;
    return true;
  }
}
