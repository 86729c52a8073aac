import type { MessageContent, ReceivedReply, ReceivedRequest, SipTransport } from './sip-stack.ts';
import type { SrfConnection } from './srf-connection.ts';
import type { SrfMessage, SrfReplier, SrfRequest } from './srf-library.ts';
import { fieldOf, sendableStatus, toSrf } from './srf-text.ts';

const STREAMS: readonly SipTransport[] = ['tls', 'ws', 'wss'];

const transportOf = (protocol: string): SipTransport =>
  protocol === 'udp' ? protocol : (STREAMS.find((stream) => stream === protocol) ?? 'tcp');

/** A received response in the port's form. */
export const replyOf = (message: SrfMessage): ReceivedReply => ({
  status: message.status,
  reason: message.reason,
  body: message.body ?? '',
  header: (name) => fieldOf(message, name),
});

/** A received request in the port's form. Made in the very callback that delivers it, so that no CANCEL is missed (defect 3). */
export class SrfReceived implements ReceivedRequest {
  readonly method: string;
  readonly uri: string;
  readonly callId: string;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly transport: SipTransport;
  readonly receivedOn: string | undefined;
  readonly body: string;
  canceled = false;
  protected answered = false;
  protected readonly connection: SrfConnection;
  protected readonly request: SrfRequest;
  protected readonly response: SrfReplier;
  #onCancel: (() => void) | undefined;

  constructor(connection: SrfConnection, request: SrfRequest, response: SrfReplier) {
    this.connection = connection;
    this.request = request;
    this.response = response;
    this.method = request.method;
    this.uri = request.uri;
    this.callId = fieldOf(request, 'call-id') ?? '';
    this.sourceIp = request.source_address.replace(/^\[|\]$/g, '');
    this.sourcePort = request.source_port;
    this.transport = transportOf(request.protocol);
    this.receivedOn = request.receivedOn;
    this.body = request.body ?? '';
    if (request.method !== 'INVITE') return;
    request.on('cancel', () => {
      // The server has already answered 487 itself; a response of ours could only be refused.
      this.canceled = true;
      this.answered = true;
      connection.safely('cancel', () => this.#onCancel?.());
    });
  }

  get finished(): boolean {
    return this.answered || this.response.finalResponseSent;
  }

  get lost(): boolean {
    return this.request.socket.destroyed;
  }

  header(name: string): string | undefined {
    return fieldOf(this.request, name);
  }

  onCancel(listener: () => void): void {
    this.#onCancel = listener;
    if (this.canceled) listener();
  }

  reply(status: number, content: MessageContent = {}): void {
    if (this.finished) return;
    if (status >= 200) this.answered = true;
    this.connection.safely('reply', () => this.response.send(sendableStatus(status), toSrf(content)));
  }
}
