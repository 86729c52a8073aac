/** What shares the state of a dialog: the call, or a subscription (RFC 5057 §2). */
export type Usage = 'invite' | 'subscribe';

/** What a final answer to a request in a dialog ends besides its transaction: nothing, the usage it belongs to, or the dialog with all of them. */
export type Effect = 'nothing' | 'usage' | 'dialog';

/** RFC 5057 §5.1: what the far side itself gave as its Contact or its route leads nowhere, so every other request ends there as well. */
const ENDS_DIALOG = new Set([404, 410, 416, 482, 483, 484, 485, 502, 604]);

interface MethodRow {
  readonly usage: Usage;
  /** Of that usage. */
  readonly endedBy: ReadonlySet<number>;
}

// RFC 3261 §12.2.1.2, which RFC 5057 §5.2 narrows to the call. Any other refusal leaves the session as it was (RFC 3261 §14.1), whatever
// RFC 5057 §5.1 says of 405, 480 and 501.
const CALL: MethodRow = { usage: 'invite', endedBy: new Set([408, 481]) };

/** The methods that belong to a usage (RFC 5057 §5.3). */
const ROWS: ReadonlyMap<string, MethodRow> = new Map([
  ['INVITE', CALL],
  ['UPDATE', CALL],
  ['INFO', CALL],
  // RFC 6665 §4.1.2.2: one that is not renewed by a time-out lives as long as was said.
  ['SUBSCRIBE', { usage: 'subscribe', endedBy: new Set([405, 480, 481, 489, 501]) }],
  // RFC 6665 §4.2.2.
  ['NOTIFY', { usage: 'subscribe', endedBy: new Set([405, 408, 480, 481, 489, 501]) }],
]);

/**
 * PRACK: its 481 says that nothing waits for it (RFC 3262 §3), and what becomes of the call is the INVITE's to say. BYE ends the call
 * whatever it is answered (RFC 3261 §15.1.1). A refused REFER makes no subscription and leaves what there is (RFC 5057 §5.1), and
 * deployed phones answer it and MESSAGE for what they name and carry: 404 and 484 say nothing of the dialog there.
 */
const ENDS_NOTHING = new Set(['PRACK', 'BYE', 'CANCEL', 'ACK', 'REFER', 'MESSAGE']);

/** What the answer `status` to this request of ours in a dialog ends. OPTIONS and methods nobody knows belong to no usage (RFC 5057 §5.3). */
export function effectOf(method: string, status: number): Effect {
  if (ENDS_NOTHING.has(method)) return 'nothing';
  if (ENDS_DIALOG.has(status)) return 'dialog';
  return ROWS.get(method)?.endedBy.has(status) === true ? 'usage' : 'nothing';
}

/** Whether that answer is the end of this usage of the dialog. */
export function endsUsage(usage: Usage, method: string, status: number): boolean {
  const effect = effectOf(method, status);
  return effect === 'dialog' || (effect === 'usage' && ROWS.get(method)?.usage === usage);
}

/** Whether somebody ends his dialog by this answer, whatever he had asked: older peers take 408 and 481 so (RFC 3261 §12.2.1.2). */
export const mayEndDialog = (status: number): boolean => status === 408 || status === 481 || ENDS_DIALOG.has(status);
