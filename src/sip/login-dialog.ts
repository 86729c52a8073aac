import type { AnsweredAttempt } from './attempt.ts';
import type { CarrierLogins, CarrierPeer } from './carrier-logins.ts';
import { DialogAround } from './dialog-around.ts';
import type { DialogReply, MessageContent, ReceivedReply, ReceivedRequest, SipDialog } from './sip-stack.ts';
import { parseAddress } from './sip-uri.ts';

type Logins = Pick<CarrierLogins, 'answer' | 'learn'>;

/** An answered attempt at a carrier that knows us by a login: it may ask who we are within the call, too (RFC 3261 §22.2). */
export const withLogin = (answer: AnsweredAttempt, peer: CarrierPeer, uri: string, logins: Logins): AnsweredAttempt => ({
  ...answer,
  dialog: new LoginDialog(answer.dialog, peer, targetOf(answer.reply) ?? uri, logins),
});

/** The URI that the peer wants the next request of a dialog at; null: it says nothing of that. */
const targetOf = (message: Pick<ReceivedReply, 'header'>): string | null => parseAddress(message.header('Contact') ?? '')?.uri ?? null;

// These move the target of a dialog (RFC 3261 §12.2).
const MOVES_TARGET = new Set(['INVITE', 'UPDATE']);

/** The dialog with a carrier: each request bears an answer to what it asked last, and goes a second time where it asks anew. */
class LoginDialog extends DialogAround {
  readonly #peer: CarrierPeer;
  readonly #logins: Logins;
  #target: string;

  constructor(dialog: SipDialog, peer: CarrierPeer, target: string, logins: Logins) {
    super(dialog);
    this.#peer = peer;
    this.#target = target;
    this.#logins = logins;
  }

  override async request(method: string, content: MessageContent, signal?: AbortSignal): Promise<DialogReply> {
    const { headers, answered } = this.#logins.answer(this.#peer, method, this.#target);
    const first = await this.#send(method, content, headers, signal);
    if (!this.#logins.learn(this.#peer, first.reply, answered) || signal?.aborted === true || !this.open) return first;
    return await this.#send(method, content, this.#logins.answer(this.#peer, method, this.#target).headers, signal);
  }

  async #send(method: string, content: MessageContent, more: MessageContent['headers'], signal?: AbortSignal): Promise<DialogReply> {
    const answer = await this.inner.request(method, { ...content, headers: { ...content.headers, ...more } }, signal);
    if (answer.reply.status < 300) this.#moveTo(method, answer.reply);
    return answer;
  }

  #moveTo(method: string, message: Pick<ReceivedReply, 'header'>): void {
    if (MOVES_TARGET.has(method)) this.#target = targetOf(message) ?? this.#target;
  }

  override bye(headers?: MessageContent['headers']): Promise<void> {
    const { headers: own, answered } = this.#logins.answer(this.#peer, 'BYE', this.#target);
    return this.inner.bye({ ...headers, ...own }, (refusal) =>
      this.#logins.learn(this.#peer, refusal, answered) ? this.#logins.answer(this.#peer, 'BYE', this.#target).headers : null,
    );
  }

  override onRequest(listener: (request: ReceivedRequest) => void): void {
    this.inner.onRequest((request) => {
      this.#moveTo(request.method, request);
      listener(request);
    });
  }
}
