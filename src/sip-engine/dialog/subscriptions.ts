import { readNumber } from '../message/characters.ts';
import { header, type SipMessage, type SipRequest } from '../message/sip-message.ts';
import type { Core } from './core.ts';
import { type Dialog, dialogIdOf } from './dialog.ts';
import { closeDialog } from './end-dialog.ts';
import type { Incoming } from './incoming.ts';

/** True for the NOTIFY that ends a subscription (RFC 6665 §4.1.3). */
export function endsSubscription(message: { readonly headers: SipRequest['headers'] }): boolean {
  return (header(message, 'subscription-state') ?? '').trimStart().toLowerCase().startsWith('terminated');
}

/** A NOTIFY may overtake the answer to its SUBSCRIBE and then makes the dialog (RFC 6665 §4.1.2.4). */
export function adoptSubscription(core: Core, { view }: Incoming): Dialog | undefined {
  if (view.message.method !== 'NOTIFY') return undefined;
  const waiting = core.subscribing.get(dialogIdOf(view.callId, view.toTag));
  return waiting?.(view);
}

const SECONDS_DEFAULT = 3600;
const SECONDS_MAX = 86_400;

/**
 * Starts the clock of a subscription again: from its 2xx it lives as long as that says, else as its SUBSCRIBE asked, and
 * a while longer for the last NOTIFY (RFC 6665 §4.1.2.1). Without it subscriptions nobody ends would pile up.
 */
export function renewSubscription(
  core: Core,
  dialog: Dialog,
  answer: Pick<SipMessage, 'headers'>,
  asked: Pick<SipMessage, 'headers'> | undefined,
): void {
  if (dialog.usage !== 'subscribe' || dialog.state === 'ended') return;
  const text = header(answer, 'expires') ?? (asked === undefined ? undefined : header(asked, 'expires'));
  const seconds = Math.min(readNumber((text ?? '').trim(), 0xffff_ffff) ?? SECONDS_DEFAULT, SECONDS_MAX);
  dialog.expiry?.cancel();
  dialog.expiry = core.scheduler.after(1000 * seconds + core.timers.requestTimeoutMs, () => closeDialog(core, dialog));
}
