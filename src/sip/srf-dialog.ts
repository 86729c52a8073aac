import type { Socket } from 'node:net';
import type {
  Challenged,
  DialogEnd,
  DialogReply,
  DialogTags,
  MessageContent,
  ReceivedAck,
  ReceivedRequest,
  SipDialog,
  SipHeaders,
} from './sip-stack.ts';
import type { DialogSink, SrfConnection } from './srf-connection.ts';
import type { SrfReplier, SrfRequest } from './srf-library.ts';
import { replyOf, SrfReceived } from './srf-received.ts';
import { fieldOf, toSrf } from './srf-text.ts';

// A peer that floods a dialog before it is bridged is told to come back.
const WAITING_MAX = 16;

/** One dialog of the server, by its id; what arrives before somebody listens is kept. */
export class SrfDialog implements SipDialog, DialogSink {
  readonly id: string;
  readonly callId: string;
  readonly tags: DialogTags;
  readonly #connection: SrfConnection;
  readonly #socket: Socket;
  readonly #forgetLoss: () => void;
  #end: DialogEnd | undefined;
  #leaving: Promise<void> | undefined;
  #onRequest: ((request: ReceivedRequest) => void) | undefined;
  #onAck: ((content: ReceivedAck) => void) | undefined;
  #onEnd: ((end: DialogEnd) => void) | undefined;
  readonly #waitingRequests: ReceivedRequest[] = [];
  #waitingAck: ReceivedAck | undefined;

  constructor(connection: SrfConnection, socket: Socket, id: string, { callId, tags }: Pick<SipDialog, 'callId' | 'tags'>) {
    this.callId = callId;
    this.tags = tags;
    this.#connection = connection;
    this.#socket = socket;
    this.id = id;
    connection.dialogs.set(id, this);
    this.#forgetLoss = connection.onLost(socket, () => this.#finish({ by: 'lost' }));
  }

  get open(): boolean {
    return this.#end === undefined && this.#leaving === undefined;
  }

  receive(request: SrfRequest, response: SrfReplier): void {
    if (request.method === 'ACK') {
      this.#takeAck(ackOf(request));
      return;
    }
    const received = new SrfReceived(this.#connection, request, response);
    if (request.method === 'BYE') {
      const reason = received.header('reason');
      received.reply(200);
      this.#finish(request.source === 'application' ? { by: 'server', reason } : { by: 'peer', reason });
      return;
    }
    if (!this.open) {
      received.reply(481);
      return;
    }
    if (this.#onRequest !== undefined) {
      this.#onRequest(received);
      return;
    }
    if (this.#waitingRequests.length >= WAITING_MAX) {
      received.reply(500, { headers: { 'Retry-After': '2' } });
      return;
    }
    this.#waitingRequests.push(received);
  }

  onRequest(listener: (request: ReceivedRequest) => void): void {
    this.#onRequest = listener;
    for (const request of this.#waitingRequests.splice(0)) listener(request);
  }

  onAck(listener: (content: ReceivedAck) => void): void {
    this.#onAck = listener;
    const waiting = this.#waitingAck;
    this.#waitingAck = undefined;
    if (waiting !== undefined) listener(waiting);
  }

  onEnd(listener: (end: DialogEnd) => void): void {
    this.#onEnd = listener;
    if (this.#end !== undefined && this.#leaving === undefined) listener(this.#end);
  }

  request(method: string, content: MessageContent, signal?: AbortSignal): Promise<DialogReply> {
    if (!this.open) return Promise.reject(new Error('the dialog has ended'));
    return this.#transact(method, content, signal);
  }

  bye(headers: SipHeaders = {}, challenged?: Challenged): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve();
    this.#leaving ??= this.#hangUp(headers, challenged)
      .catch((error: unknown) => this.#connection.log.debug('BYE was not answered', { error: String(error) }))
      .then(() => this.#finish({ by: 'lost' }));
    return this.#leaving;
  }

  async #hangUp(headers: SipHeaders, challenged: Challenged | undefined): Promise<void> {
    const { reply } = await this.#transact('BYE', { headers });
    const answer = reply.status === 401 || reply.status === 407 ? (challenged?.(reply) ?? null) : null;
    if (answer !== null) await this.#transact('BYE', { headers: { ...headers, ...answer } });
  }

  /** Resolves with the final response; an answer to an INVITE that nobody waits for any more is acknowledged and ended. */
  #transact(method: string, content: MessageContent, signal?: AbortSignal): Promise<DialogReply> {
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (act: () => void): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        forget();
        act();
      };
      const fail = (why: unknown): void => settle(() => reject(why instanceof Error ? why : new Error(String(why))));
      const timer = setTimeout(() => fail(`${method} was not answered`), this.#connection.deadlines.dialogRequestMs);
      timer.unref();
      const forget = this.#connection.onLost(this.#socket, () => fail('control connection lost'));
      const follow = (sent: SrfRequest): void => this.#follow(sent, method, content, signal, settle, resolve);
      const options = { method, stackDialogId: this.id, ...toSrf(content) };
      this.#connection.send(this.#socket, options, (error, sent) => (sent === undefined ? fail(error) : follow(sent)), follow);
    });
  }

  #follow(
    sent: SrfRequest,
    method: string,
    content: MessageContent,
    signal: AbortSignal | undefined,
    settle: (act: () => void) => void,
    resolve: (reply: DialogReply) => void,
  ): void {
    const connection = this.#connection;
    const cancel = (): void => connection.safely('CANCEL', () => sent.cancel({ headers: {} }, () => {}));
    if (method === 'INVITE') {
      if (signal?.aborted === true) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    }
    // The library hands an UPDATE that crosses our re-INVITE to the re-INVITE (RFC 3311 §5.2: 491 while an offer is open).
    sent.on('update', (_request, response) => connection.safely('update', () => response.send(491, { headers: {} })));
    sent.on('response', (response, acknowledge) => {
      if (response.status < 200) return;
      signal?.removeEventListener('abort', cancel);
      const success = method === 'INVITE' && response.status < 300;
      const ack = (answer: MessageContent = {}): void => connection.safely('ACK', () => acknowledge(toSrf(answer)));
      if (success && content.body !== undefined && content.body !== '') ack();
      let taken = false;
      settle(() => {
        taken = true;
        connection.safely(method, () => resolve({ reply: replyOf(response), acknowledge: success && !content.body ? ack : () => {} }));
      });
      if (taken || !success) return;
      if (!content.body) ack();
      void this.bye();
    });
  }

  #takeAck(content: ReceivedAck): void {
    if (this.#onAck === undefined) this.#waitingAck = content;
    else this.#onAck(content);
  }

  #finish(end: DialogEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#connection.dialogs.delete(this.id);
    this.#forgetLoss();
    for (const request of this.#waitingRequests.splice(0)) request.reply(481);
    if (this.#leaving === undefined) this.#onEnd?.(end);
  }
}

const ackOf = (request: SrfRequest): ReceivedAck => ({
  cseq: Number.parseInt(fieldOf(request, 'cseq') ?? '', 10),
  body: request.body ?? '',
  contentType: fieldOf(request, 'content-type'),
});
