import { header, type SipRequest } from '../message/sip-message.ts';
import type { Core } from './core.ts';
import { type Dialog, dialogIdOf } from './dialog.ts';
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
