import { METHODS } from '../message/methods.ts';
import type { RequestView } from '../message/read-request.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, headerLines } from '../message/sip-message.ts';
import { allowHeader } from './answer.ts';
import type { Core, TransactionNote } from './core.ts';
import { dialogIdOf } from './dialog.ts';
import { type Incoming, refuse } from './incoming.ts';
import { offerToApplication } from './offer-to-application.ts';
import { receiveCancel } from './receive-cancel.ts';
import { receiveInDialog } from './receive-in-dialog.ts';

const known = new Set(METHODS);
/** Extensions a request may require of us (RFC 3261 §8.2.2.3). */
const SUPPORTED = new Set([
  '100rel',
  'timer',
  'replaces',
  'norefersub',
  'path',
  'outbound',
  'gruu',
  'eventlist',
  'histinfo',
  'from-change',
  'tdialog',
]);

const newNote = (mergeKey: string | undefined): TransactionNote => ({
  mergeKey,
  work: undefined,
  repeatAnswer: undefined,
  cancelled: undefined,
});

/** Takes a new request: screens it, then hands it to its dialog or to an application. */
export function receiveRequest(core: Core, incoming: Incoming): void {
  const { view } = incoming;
  const { method } = view.message;
  core.notes.set(incoming.transaction, newNote(undefined));
  // What only passes through is judged by where it goes.
  if (view.toTag !== '' && method !== 'CANCEL' && core.relay.request(incoming)) return;
  if (!known.has(method)) {
    refuse(incoming, 501, [allowHeader]);
    return;
  }
  if (method === 'CANCEL') {
    receiveCancel(core, incoming);
    return;
  }
  // At once, so that nobody's clock runs while an application thinks (RFC 3261 §17.2.1).
  if (method === 'INVITE') refuse(incoming, 100);
  // A new call is the application's to judge, who knows whom it comes from and must record it, as on drachtio-server.
  const newCall = method === 'INVITE' && view.toTag === '';
  const unsupported = newCall ? '' : unsupportedOptions(view);
  if (unsupported !== '') {
    refuse(incoming, 420, [makeHeader('Unsupported', unsupported)]);
    return;
  }
  if (view.toTag !== '') {
    receiveInDialog(core, incoming);
    return;
  }
  if (method === 'PRACK' || method === 'BYE' || method === 'UPDATE') {
    refuse(incoming, 481);
    return;
  }
  if (!newCall && isHopsExhausted(view)) {
    refuse(incoming, 483);
    return;
  }
  if (isMerged(core, incoming)) {
    refuse(incoming, 482);
    return;
  }
  offerToApplication(core, incoming);
}

function unsupportedOptions(view: RequestView): string {
  if (header(view.message, 'require') === undefined) return '';
  return headerLines(view.message, 'require')
    .flatMap((line) => line.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '' && !SUPPORTED.has(item.toLowerCase()))
    .join(', ');
}

// RFC 3261 §16.3: Max-Forwards 0 ends the journey, but OPTIONS and REGISTER that end here anyway may be answered.
function isHopsExhausted(view: RequestView): boolean {
  return header(view.message, 'max-forwards')?.trim() === '0' && view.message.method !== 'OPTIONS' && view.message.method !== 'REGISTER';
}

/**
 * The same request on a second path (RFC 3261 §8.2.2.2), our own request come back, or a second call with the ids of a
 * live one: applications know a call by Call-ID and From tag alone and would mix the two up.
 */
function isMerged(core: Core, { view, transaction }: Incoming): boolean {
  const { method } = view.message;
  const mergeKey = `${view.callId}|${view.fromTag}|${view.cseq}|${method}`;
  if (core.merged.has(mergeKey)) return true;
  core.merged.set(mergeKey, transaction);
  core.notes.set(transaction, newNote(mergeKey));
  const id = dialogIdOf(view.callId, view.fromTag);
  return (method === 'INVITE' || method === 'SUBSCRIBE') && (core.dialogs.get(id) !== undefined || core.reserved.has(id));
}
