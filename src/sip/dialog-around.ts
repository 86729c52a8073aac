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

/** A dialog around another one, the same in all; who looks after something in it says what is different. */
export class DialogAround implements SipDialog {
  protected readonly inner: SipDialog;

  constructor(inner: SipDialog) {
    this.inner = inner;
  }

  get id(): string {
    return this.inner.id;
  }

  get callId(): string {
    return this.inner.callId;
  }

  get tags(): DialogTags {
    return this.inner.tags;
  }

  get open(): boolean {
    return this.inner.open;
  }

  request(method: string, content: MessageContent, signal?: AbortSignal): Promise<DialogReply> {
    return this.inner.request(method, content, signal);
  }

  bye(headers?: SipHeaders, challenged?: Challenged): Promise<void> {
    return this.inner.bye(headers, challenged);
  }

  onRequest(listener: (request: ReceivedRequest) => void): void {
    this.inner.onRequest(listener);
  }

  onAck(listener: (ack: ReceivedAck) => void): void {
    this.inner.onAck(listener);
  }

  onEnd(listener: (end: DialogEnd) => void): void {
    this.inner.onEnd(listener);
  }
}
