import type { Party } from './party.ts';
import { requestText, SDP, type SipText } from './sip-text.ts';
import { unique } from './stage.ts';

/** A raw calling party: one call from its INVITE on. Every branch and CSeq is under the test's control. */
export class Caller {
  readonly callId = unique('call-');
  readonly fromTag = unique('a');
  readonly branch = unique('z9hG4bK');
  readonly #party: Party;
  readonly #port: number;
  toTag = '';
  /** Where requests in the dialog go: the Contact of the answer. */
  target: string;
  cseq = 1;

  constructor(party: Party, port: number, user = 'bob') {
    this.#party = party;
    this.#port = port;
    this.target = `sip:${user}@${party.host.includes('.invalid') ? '127.0.0.1' : party.host}:${port}`;
  }

  /** Sends the INVITE, again when called again. */
  invite(options: { headers?: readonly string[]; branch?: string; maxForwards?: number; body?: string } = {}): void {
    const headers = [`Contact: ${this.#party.contact}`, ...(options.headers ?? [])];
    this.send('INVITE', this.cseq, { branch: this.branch, body: SDP, ...options, headers });
  }

  /** Remembers the dialog an answer makes. */
  learn(answer: SipText): SipText {
    this.toTag = answer.tag('to');
    this.target = /<([^>]+)>/.exec(answer.header('contact'))?.[1] ?? this.target;
    return answer;
  }

  /** Waits for the 200, learns the dialog and acknowledges. */
  async answered(): Promise<SipText> {
    const ok = this.learn(await this.response(200, 'INVITE'));
    this.ack();
    return ok;
  }

  ack(cseq = this.cseq, branch = unique('z9hG4bK')): void {
    this.send('ACK', cseq, { branch });
  }

  cancel(branch = this.branch): void {
    this.send('CANCEL', this.cseq, { branch, toTag: '' });
  }

  /** Sends a request inside the dialog with the next CSeq. */
  next(method: string, options: { headers?: readonly string[]; body?: string; branch?: string } = {}): void {
    this.cseq += 1;
    this.send(method, this.cseq, { branch: unique('z9hG4bK'), ...options });
  }

  /** Hangs up and waits for the 200. */
  async bye(): Promise<SipText> {
    this.next('BYE');
    return this.response(200, 'BYE');
  }

  /** The next response of this call: that of an earlier one may be repeated at any time. */
  response(status: number, method: string): Promise<SipText> {
    return this.#party.response(status, method, this.callId);
  }

  send(
    method: string,
    cseq: number,
    options: { branch: string; toTag?: string; headers?: readonly string[]; body?: string; maxForwards?: number },
  ): void {
    const toTag = options.toTag ?? this.toTag;
    const text = requestText({
      method,
      uri: this.target,
      via: this.#party.via(options.branch),
      from: `"Alice" <sip:alice@127.0.0.1>;tag=${this.fromTag}`,
      to: `<sip:bob@127.0.0.1>${toTag === '' ? '' : `;tag=${toTag}`}`,
      callId: this.callId,
      cseq,
      headers: options.headers ?? [],
      body: options.body ?? '',
      ...(options.maxForwards === undefined ? {} : { maxForwards: options.maxForwards }),
    });
    this.#party.send(text, this.#port);
  }
}
