import { buildRequest } from './build-message.ts';
import { type Core, token } from './core.ts';
import { Dialog } from './dialog.ts';
import { type AuthOptions, type Credentials, challengesOf, type DigestChallenge, DigestClient } from './digest.ts';
import { Leg, type ReinviteOptions } from './leg.ts';
import type { Mailbox } from './mailbox.ts';
import type { HeaderValues, SipMessage } from './message.ts';
import { testSdp } from './sdp.ts';
import type { Flow, HostPort, Transport } from './wire.ts';

/** What a call is made with. `to` and `from` are a bare user, a URI or a whole header value. */
export interface InviteOptions {
  readonly to: string;
  readonly target: HostPort;
  readonly from?: string;
  readonly requestUri?: string;
  readonly transport?: Transport;
  readonly headers?: HeaderValues;
  /** Default a small audio offer; `null` sends none and leaves the offer to the peer. */
  readonly sdp?: string | null;
  readonly auth?: AuthOptions;
  readonly callId?: string;
  /** The answer in the ACK to an offer in the 2xx. */
  readonly ackSdp?: string;
  /** False leaves the ACK of a 2xx to `call.ack()`. */
  readonly autoAck?: boolean;
}

/** A bare user becomes a URI at `at`; a URI or header value stays. */
export const asUri = (text: string, at: HostPort): string => (/^<|^"|:/.test(text) ? text : `sip:${text}@${at.host}:${at.port}`);

const asAddress = (text: string): string => (text.includes('<') ? text : `<${text}>`);

/** A call this party placed. Waits reject with the whole trace when their deadline passes. */
export class OutgoingCall {
  readonly callId: string;
  /** The dialog of the first 2xx; `leg()` is the checked form. */
  confirmed: Leg | undefined;
  /** Dialogs of further 2xx from forks: each was acknowledged and ended. */
  readonly forks: Leg[] = [];
  /** The 401 or 407 that was answered with credentials, if any. */
  challenged: SipMessage | undefined;
  /** The INVITE last sent. */
  request: SipMessage;
  readonly #core: Core;
  readonly #options: InviteOptions;
  readonly #onLeg: (leg: Leg) => void;
  readonly #responses: Mailbox<SipMessage>;
  readonly #digest: DigestClient | undefined;
  readonly #flow: Flow;
  readonly #uri: string;
  readonly #from: string;
  #cseq = 0;

  constructor(core: Core, options: InviteOptions, onLeg: (leg: Leg) => void, transport: Transport) {
    this.#core = core;
    this.#options = options;
    this.#onLeg = onLeg;
    this.#responses = core.mailbox();
    this.#digest = options.auth === undefined ? undefined : new DigestClient(options.auth);
    this.#flow = core.flowTo({ ...options.target, transport });
    this.#uri =
      options.requestUri ?? (options.to.includes('<') ? /<([^>]*)>/.exec(options.to)?.[1] : asUri(options.to, options.target)) ?? '';
    const from = asAddress(asUri(options.from ?? core.user, core));
    this.#from = /;\s*tag=/i.test(from) ? from : `${from};tag=${token()}`;
    this.callId = options.callId ?? `${token()}@${core.host}`;
    this.request = this.#build(this.#digest?.first('INVITE', this.#uri));
    this.#start();
  }

  /** The challenge last answered, to be reused in another call's `auth.reuse`. */
  get challenge(): DigestChallenge | undefined {
    return this.challenged === undefined ? this.credentials?.challenge : challengesOf(this.challenged)[0];
  }

  /** The credentials last sent. */
  get credentials(): Credentials | undefined {
    return this.#digest?.last;
  }

  /** Every provisional so far, 100 included. */
  get provisionals(): SipMessage[] {
    return this.#responses.items.filter(({ status }) => status < 200);
  }

  /** The first provisional with a status; without one, the first above 100. */
  provisional(status?: number, timeoutMs = 5000): Promise<SipMessage> {
    const matches = (r: SipMessage): boolean => (status === undefined ? r.status > 100 && r.status < 200 : r.status === status);
    return this.#responses.see(`provisional ${status ?? '18x'}`, timeoutMs, matches);
  }

  /** The final response of the last try, after credentials were sent; repeats of it are absorbed. */
  final(timeoutMs = 10_000): Promise<SipMessage> {
    return this.#responses.see('final response', timeoutMs, ({ status }) => status >= 200);
  }

  /** The 2xx; rejects with the trace when the call was refused. */
  async answered(timeoutMs = 10_000): Promise<SipMessage> {
    const final = await this.final(timeoutMs);
    if (final.status < 300) return final;
    throw new Error(`the call was refused: ${final.startLine}\n${this.#core.trace.ladder()}`);
  }

  /** The call's dialog; a fault of the test before a 2xx. */
  leg(): Leg {
    if (this.confirmed === undefined) throw new Error(`the call has no dialog\n${this.#core.trace.ladder()}`);
    return this.confirmed;
  }

  /** Sends a CANCEL once any provisional came (RFC 3261 §9.1), or at once when `early`; returns its response. */
  async cancel(options: { early?: boolean; headers?: HeaderValues; timeoutMs?: number } = {}): Promise<SipMessage> {
    const timeoutMs = options.timeoutMs ?? 5000;
    if (options.early !== true) await this.#responses.see('provisional before CANCEL', timeoutMs, () => true);
    const { request } = this;
    const parts = { method: 'CANCEL', uri: request.uri, via: request.list('Via')[0] ?? '', callId: this.callId, cseq: request.cseq };
    const addresses = { from: this.#from, to: request.header('To'), routes: request.list('Route') };
    const finals = this.#core.mailbox<SipMessage>();
    this.#core.start(buildRequest({ ...parts, ...addresses, headers: options.headers ?? {} }), this.#flow, {
      final: (response) => finals.push(response),
      failed: (error) => finals.close(error),
    });
    return finals.see('response to CANCEL', timeoutMs);
  }

  /** Acknowledges the 2xx by hand (with `autoAck: false`). */
  async ack(sdp?: string, headers: HeaderValues = {}): Promise<void> {
    this.leg().ack(await this.answered(), sdp, headers);
  }

  bye(headers: HeaderValues = {}): Promise<SipMessage> {
    return this.leg().bye(headers);
  }

  reinvite(sdp: string | null, options: ReinviteOptions = {}): Promise<SipMessage> {
    return this.leg().reinvite(sdp, options);
  }

  waitBye(timeoutMs = 5000): Promise<SipMessage> {
    return this.leg().waitBye(timeoutMs);
  }

  #build(credentials: Credentials | undefined): SipMessage {
    this.#cseq += 1;
    const { options, transport } = { options: this.#options, transport: this.#flow.transport };
    const sdp = options.sdp === undefined ? testSdp() : (options.sdp ?? '');
    const parts = { method: 'INVITE', uri: this.#uri, via: this.#core.via(transport), callId: this.callId, cseq: this.#cseq, body: sdp };
    const addresses = { from: this.#from, to: asAddress(asUri(options.to, options.target)), contact: this.#core.contact(transport) };
    const authorization = credentials === undefined ? {} : { [credentials.name]: credentials.value };
    return buildRequest({ ...parts, ...addresses, headers: { ...authorization, ...options.headers } });
  }

  #start(): void {
    this.#core.start(this.request, this.#flow, {
      provisional: (response) => this.#responses.push(response),
      final: (response) => (response.status < 300 ? this.#success(response) : this.#refused(response)),
      failed: (error) => this.#responses.close(error),
    });
  }

  #refused(response: SipMessage): void {
    const credentials = this.#digest?.answer(response, 'INVITE', this.#uri);
    if (credentials === undefined) {
      this.#responses.push(response);
      return;
    }
    this.challenged = response;
    this.request = this.#build(credentials);
    this.#start();
  }

  #success(response: SipMessage): void {
    const known = [this.confirmed, ...this.forks].find((leg) => leg !== undefined && leg.dialog.remoteTag === tagIn(response));
    if (known !== undefined) {
      if (known.hasAcked(response.cseq)) known.ack(response);
      return;
    }
    const dialog = Dialog.ofCaller(this.#core, this.request, response, this.#flow.transport);
    const leg = new Leg(this.#core, dialog, this.request.body, response.body);
    this.#onLeg(leg);
    if (this.confirmed === undefined) this.#confirm(leg, response);
    else this.#endFork(leg, response);
  }

  #confirm(leg: Leg, response: SipMessage): void {
    this.confirmed = leg;
    if (this.#options.autoAck !== false) leg.ack(response, this.#options.ackSdp);
    this.#responses.push(response);
  }

  // A second dialog is acknowledged and ended (RFC 3261 §13.2.2.4).
  #endFork(leg: Leg, response: SipMessage): void {
    this.forks.push(leg);
    leg.ack(response);
    leg.bye().catch((error: unknown) => this.#core.trace.note(`BYE of a fork: ${String(error)}`));
  }
}

const tagIn = (response: SipMessage): string => /;\s*tag=([^;>\s]+)/i.exec(response.header('To'))?.[1] ?? '';
