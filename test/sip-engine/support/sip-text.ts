/** A SIP message as a party received it: just enough reading for tests, independent of the engine's own parser. */
export class SipText {
  readonly text: string;
  readonly startLine: string;
  readonly body: string;
  readonly #lines: readonly string[];

  constructor(text: string) {
    this.text = text;
    const end = text.indexOf('\r\n\r\n');
    const head = end < 0 ? text : text.slice(0, end);
    this.#lines = head.split('\r\n');
    this.startLine = this.#lines[0] ?? '';
    this.body = end < 0 ? '' : text.slice(end + 4);
  }

  get status(): number {
    return this.startLine.startsWith('SIP/2.0 ') ? Number(this.startLine.slice(8, 11)) : 0;
  }

  get method(): string {
    return this.status === 0 ? (this.startLine.split(' ')[0] ?? '') : '';
  }

  get uri(): string {
    return this.startLine.split(' ')[1] ?? '';
  }

  /** All values of a header, in order. */
  all(name: string): string[] {
    const prefix = `${name.toLowerCase()}:`;
    return this.#lines
      .slice(1)
      .filter((line) => line.toLowerCase().startsWith(prefix))
      .map((line) => line.slice(prefix.length).trim());
  }

  header(name: string): string {
    return this.all(name)[0] ?? '';
  }

  tag(name: 'from' | 'to'): string {
    return /;tag=([^;>]+)/.exec(this.header(name))?.[1] ?? '';
  }

  get cseq(): number {
    return Number(this.header('cseq').split(' ')[0]);
  }

  get cseqMethod(): string {
    return this.header('cseq').split(' ')[1] ?? '';
  }
}

/** What a test says about a request; the rest has plain defaults. */
export interface RequestFacts {
  readonly method: string;
  readonly uri: string;
  readonly via: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly maxForwards?: number;
}

export const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

/** The text of a request. */
export function requestText(facts: RequestFacts): string {
  const body = facts.body ?? '';
  const lines = [
    `${facts.method} ${facts.uri} SIP/2.0`,
    `Via: ${facts.via}`,
    `Max-Forwards: ${facts.maxForwards ?? 70}`,
    `From: ${facts.from}`,
    `To: ${facts.to}`,
    `Call-ID: ${facts.callId}`,
    `CSeq: ${facts.cseq} ${facts.method}`,
    ...(facts.headers ?? []),
    ...(body.startsWith('v=0') ? ['Content-Type: application/sdp'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** The text of an answer to a request. */
export function responseText(
  request: SipText,
  status: number,
  options: { toTag?: string; headers?: readonly string[]; body?: string } = {},
): string {
  const body = options.body ?? '';
  const to = request.header('to');
  const lines = [
    `SIP/2.0 ${status} Answer`,
    ...request.all('via').map((value) => `Via: ${value}`),
    ...request.all('record-route').map((value) => `Record-Route: ${value}`),
    `From: ${request.header('from')}`,
    `To: ${options.toTag === undefined || to.includes(';tag=') ? to : `${to};tag=${options.toTag}`}`,
    `Call-ID: ${request.header('call-id')}`,
    `CSeq: ${request.header('cseq')}`,
    ...(options.headers ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
