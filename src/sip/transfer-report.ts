import type { CallRefusalCode } from '../domain/refusal.ts';
import type { Logger } from '../kit/log.ts';
import { effectOf } from '../kit/sip-usages.ts';
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

/** The status line of a call that is reported on, in our words: that of a peer could say anything. */
export const fragment = (status: number): string => `SIP/2.0 ${status} ${PHRASES.get(status) ?? classOf(status)}\r\n`;

function classOf(status: number): string {
  if (status < 200) return 'Progress';
  return status < 300 ? 'OK' : 'Failure';
}

/** What a status line is sent as (RFC 3420). */
export const SIPFRAG = 'message/sipfrag;version=2.0';

/** Tells who asked for a transfer how it goes: one NOTIFY after another with the status line of the new call (RFC 3515 §2.4.4). */
export class TransferReport {
  readonly #dialog: SipDialog;
  readonly #event: string | null;
  readonly #isIdentified: boolean;
  readonly #log: Logger;
  #told = 0;
  #isOver = false;
  #isUnheard = false;
  #tail: Promise<void> = Promise.resolve();

  /** `event`: what to report as; null: nobody wants to hear (RFC 4488). Only who is identified learns a code (decision C11). */
  constructor(dialog: SipDialog, told: { readonly event: string | null; readonly isIdentified: boolean }, log: Logger) {
    this.#dialog = dialog;
    this.#event = told.event;
    this.#isIdentified = told.isIdentified;
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
    const why = code === null || !this.#isIdentified ? {} : { 'X-Dialplane-Reason': code };
    this.#send(fragment(status), { ...why, 'Subscription-State': 'terminated;reason=noresource' });
    this.#isOver = true;
  }

  #send(body: string, headers: SipHeaders): void {
    const event = this.#event;
    if (this.#isOver || event === null) return;
    const content = { headers: { ...headers, Event: event }, body, contentType: SIPFRAG };
    // One after the other: over UDP a later one could overtake.
    this.#tail = this.#tail.then(async () => {
      try {
        if (this.#isUnheard || !this.#dialog.open) return;
        const { reply } = await this.#dialog.request('NOTIFY', content);
        // RFC 6665 §4.2.2: the subscription is over, and the call it was made in is not (RFC 5057 §5.1).
        this.#isUnheard = effectOf('NOTIFY', reply.status) !== 'nothing';
      } catch (error) {
        this.#log.debug('the report of a transfer was not heard', { error: String(error) });
      }
    });
  }
}
