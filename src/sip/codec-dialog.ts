import { type CodecPolicy, filterCodecs } from '../domain/sdp-codecs.ts';
import type { AnsweredAttempt } from './attempt.ts';
import { DialogAround } from './dialog-around.ts';
import type { DialogReply, MessageContent, ReceivedAck, ReceivedReply, ReceivedRequest, SipDialog } from './sip-stack.ts';

const SDP = /^application\/sdp(?:$|[\s;])/i;
const NOT_ACCEPTABLE = 488;

/** A body as it passes a gateway with a policy; null: no codec is left. What is no SDP passes as it is. */
export function passedBody(body: string, contentType: string | undefined, policy: CodecPolicy): string | null {
  if (body === '' || !SDP.test(contentType ?? 'application/sdp')) return body;
  const filtered = filterCodecs(body, policy);
  if (filtered.result === 'no_codec') return null;
  return filtered.result === 'same' ? body : filtered.sdp;
}

/** Content of ours that goes to the gateway, or on from it; null: no codec is left. */
function passedContent<C extends MessageContent>(content: C, policy: CodecPolicy): C | null {
  if (content.body === undefined) return content;
  const body = passedBody(content.body, content.contentType, policy);
  return body === null ? null : body === content.body ? content : { ...content, body };
}

/** A reply of the gateway with the codecs it may say; where it says none of them, as it is: there is no saying no to an answer. */
export function passedReply(reply: ReceivedReply, policy: CodecPolicy): ReceivedReply {
  const body = passedBody(reply.body, reply.header('Content-Type'), policy);
  if (body === null || body === reply.body) return reply;
  return { status: reply.status, reason: reply.reason, body, header: (name) => reply.header(name) };
}

const acknowledging =
  (acknowledge: (content?: MessageContent) => void, policy: CodecPolicy) =>
  (content?: MessageContent): void =>
    acknowledge(content === undefined ? undefined : (passedContent(content, policy) ?? content));

const refusal: DialogReply = {
  reply: { status: NOT_ACCEPTABLE, reason: 'Not Acceptable Here', body: '', header: () => undefined },
  acknowledge: () => {},
};

/** An answered attempt whose offers and answers keep to the policy from now on; null: it answered with no codec that is allowed. */
export function withCodecs({ reply, dialog, acknowledge }: AnsweredAttempt, policy: CodecPolicy): AnsweredAttempt | null {
  if (passedBody(reply.body, reply.header('Content-Type'), policy) === null) return null;
  return {
    reply: passedReply(reply, policy),
    dialog: new CodecDialog(dialog, policy),
    acknowledge: acknowledging(acknowledge, policy),
  };
}

/** The dialog with a gateway, its session descriptions within a policy both ways: whoever offers, early or late (decision C17). */
class CodecDialog extends DialogAround {
  readonly #policy: CodecPolicy;

  constructor(dialog: SipDialog, policy: CodecPolicy) {
    super(dialog);
    this.#policy = policy;
  }

  override async request(method: string, content: MessageContent, signal?: AbortSignal): Promise<DialogReply> {
    const passed = passedContent(content, this.#policy);
    if (passed === null) return refusal;
    const { reply, acknowledge } = await this.inner.request(method, passed, signal);
    return { reply: passedReply(reply, this.#policy), acknowledge: acknowledging(acknowledge, this.#policy) };
  }

  override onRequest(listener: (request: ReceivedRequest) => void): void {
    this.inner.onRequest((request) => {
      const body = passedBody(request.body, request.header('Content-Type'), this.#policy);
      if (body === null) request.reply(NOT_ACCEPTABLE);
      else listener(new CodecRequest(request, body, this.#policy));
    });
  }

  override onAck(listener: (ack: ReceivedAck) => void): void {
    this.inner.onAck((ack) => listener({ ...ack, body: passedBody(ack.body, ack.contentType, this.#policy) ?? ack.body }));
  }
}

/** A request of the gateway with the body that passes; what it is answered with passes too. */
class CodecRequest implements ReceivedRequest {
  readonly method: string;
  readonly uri: string;
  readonly callId: string;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly transport: ReceivedRequest['transport'];
  readonly receivedOn: string | undefined;
  readonly body: string;
  readonly #request: ReceivedRequest;
  readonly #policy: CodecPolicy;

  constructor(request: ReceivedRequest, body: string, policy: CodecPolicy) {
    this.method = request.method;
    this.uri = request.uri;
    this.callId = request.callId;
    this.sourceIp = request.sourceIp;
    this.sourcePort = request.sourcePort;
    this.transport = request.transport;
    this.receivedOn = request.receivedOn;
    this.body = body;
    this.#request = request;
    this.#policy = policy;
  }

  get finished(): boolean {
    return this.#request.finished;
  }

  get lost(): boolean {
    return this.#request.lost;
  }

  header(name: string): string | undefined {
    return this.#request.header(name);
  }

  reply(status: number, content?: MessageContent): void {
    const passed = content === undefined ? undefined : passedContent(content, this.#policy);
    // As it is: who answered has agreed, and waits for the ACK of a 2xx that a 488 would never bring (RFC 3261 §13.3.1.4).
    this.#request.reply(status, passed === null ? content : passed);
  }

  onCancel(listener: () => void): void {
    this.#request.onCancel(listener);
  }
}
