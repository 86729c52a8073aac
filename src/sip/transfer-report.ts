import type { CallRefusalCode } from '../domain/refusal.ts';
import type { Logger } from '../kit/log.ts';
import type { SipDialog, SipHeaders } from './sip-stack.ts';

/** As announced, in seconds. Nothing ends a transfer that takes longer; who asked for it may only hear no more of it. */
const EXPIRES_SECONDS = 300;

const PHRASES = new Map([
  [100, 'Trying'],
  [180, 'Ringing'],
  [183, 'Session Progress'],
  [200, 'OK'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [480, 'Temporarily Unavailable'],
  [482, 'Loop Detected'],
  [484, 'Address Incomplete'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [488, 'Not Acceptable Here'],
  [500, 'Server Internal Error'],
  [503, 'Service Unavailable'],
  [600, 'Busy Everywhere'],
  [603, 'Decline'],
]);

const fragment = (status: number): string => `SIP/2.0 ${status} ${PHRASES.get(status) ?? (status < 200 ? 'Progress' : 'Failure')}\r\n`;

/** Tells who asked for a transfer how it goes: one NOTIFY after another with the status line of the new call (RFC 3515 §2.4.4). */
export class TransferReport {
  readonly #dialog: SipDialog;
  readonly #event: string | null;
  readonly #log: Logger;
  #told = 0;
  #isOver = false;
  #tail: Promise<void> = Promise.resolve();

  /** `event`: what to report as; null: nobody wants to hear (RFC 4488). */
  constructor(dialog: SipDialog, event: string | null, log: Logger) {
    this.#dialog = dialog;
    this.#event = event;
    this.#log = log;
  }

  /** A provisional status, each but once. */
  progress(status: number): void {
    if (status === this.#told) return;
    this.#told = status;
    this.#send(fragment(status), { 'Subscription-State': `active;expires=${EXPIRES_SECONDS}` });
  }

  /** The final one, after which nothing is told. */
  end(status: number, code: CallRefusalCode | null = null): void {
    const why = code === null ? {} : { 'X-Dialplane-Reason': code };
    this.#send(fragment(status), { ...why, 'Subscription-State': 'terminated;reason=noresource' });
    this.#isOver = true;
  }

  #send(body: string, headers: SipHeaders): void {
    const event = this.#event;
    if (this.#isOver || event === null) return;
    const content = { headers: { ...headers, Event: event }, body, contentType: 'message/sipfrag;version=2.0' };
    // One after the other: over UDP a later one could overtake.
    this.#tail = this.#tail.then(async () => {
      try {
        if (this.#dialog.open) await this.#dialog.request('NOTIFY', content);
      } catch (error) {
        this.#log.debug('the report of a transfer was not heard', { error: String(error) });
      }
    });
  }
}
