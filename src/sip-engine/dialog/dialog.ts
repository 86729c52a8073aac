import type { RequestView } from '../message/read-request.ts';
import type { Timer } from '../transaction/scheduler.ts';
import type { Peer } from '../transport/peer.ts';
import type { Application } from './application.ts';
import type { ClientInvite } from './client-invite.ts';
import type { Neighbour } from './neighbour.ts';
import type { PendingAnswer } from './pending-answer.ts';
import type { ServerWork } from './server-work.ts';
import type { Session } from './session-timer.ts';

/** The remote end as one response or request described it. */
export interface RemoteEnd {
  remoteTag: string;
  /** The address header for the remote party, with its tag. */
  remoteAddress: string;
  remoteTarget: string;
  /** Route header values in sending order. */
  routeSet: readonly string[];
  /** Last reliable provisional answer seen from there (RFC 3262). */
  rseq?: number;
}

/** A dialog (RFC 3261 §12) of one application. */
export interface Dialog extends RemoteEnd {
  /** `Call-ID;from-tag=<From tag of the request that made it>`: what applications know it by. */
  readonly id: string;
  readonly role: 'uac' | 'uas';
  readonly usage: 'invite' | 'subscribe';
  /** Another one only where this one is gone and the other ends the dialog for it (decision C9). */
  app: Application;
  readonly callId: string;
  readonly localTag: string;
  /** The address header for our party, with its tag. */
  readonly localAddress: string;
  /** Our Contact header value. */
  contact: string;
  localSeq: number;
  /** -1 until the remote end sent a request. */
  remoteSeq: number;
  state: 'early' | 'confirmed' | 'ending' | 'ended';
  /** Answer here instead of to the remote target (NAT, or a stream that is open). */
  readonly flow: Peer | undefined;
  /** Whose stream may do for a new one to the first hop of the route. */
  readonly neighbour: Neighbour | undefined;
  /** The name that the remote end has proved by its certificate. */
  readonly serverName: string | undefined;
  /** Other early dialogs of a forked INVITE, by remote tag. */
  forks: Map<string, RemoteEnd> | undefined;
  /** Our 2xx that waits for its ACK. */
  answer: PendingAnswer | undefined;
  /** A 2xx of the remote end that waits for the application's ACK; `send` acknowledges it without the application. */
  toAcknowledge: { readonly cseq: number; readonly deadline: Timer; readonly send: () => void } | undefined;
  /** The last ACK sent, for repeated 2xx. */
  lastAck: { readonly cseq: number; readonly bytes: Buffer; readonly peer: Peer } | undefined;
  /** Our INVITE that has no final answer yet. */
  inviteOut: ClientInvite | undefined;
  /** Their INVITE that has no final answer yet. */
  inviteIn: ServerWork | undefined;
  /** A BYE that waits for the ACK (RFC 3261 §15), and what its application hears when the call ends before. */
  heldBye: { readonly send: () => void; readonly drop: () => void } | undefined;
  /** Ends a subscription that is not renewed. */
  expiry: Timer | undefined;
  /** Keeps the call alive, or ends it (RFC 4028). */
  session: Session | undefined;
}

/** All dialogs by id. */
export class DialogTable {
  readonly #byId = new Map<string, Dialog>();
  /** How many there ever were, by our side. */
  readonly begun = new Map<Dialog['role'], number>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Dialog | undefined {
    return this.#byId.get(id);
  }

  add(dialog: Dialog): void {
    if (!this.#byId.has(dialog.id)) this.begun.set(dialog.role, (this.begun.get(dialog.role) ?? 0) + 1);
    this.#byId.set(dialog.id, dialog);
  }

  remove(dialog: Dialog): void {
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
  }

  all(): Dialog[] {
    return [...this.#byId.values()];
  }

  /** The dialog a request from the network belongs to: Call-ID and both tags must agree (RFC 3261 §12.2.2). */
  match(view: Pick<RequestView, 'callId' | 'fromTag' | 'toTag'>): Dialog | undefined {
    const asUas = this.#byId.get(dialogIdOf(view.callId, view.fromTag));
    if (asUas !== undefined && asUas.role === 'uas' && asUas.localTag === view.toTag) return asUas;
    const asUac = this.#byId.get(dialogIdOf(view.callId, view.toTag));
    if (asUac === undefined || asUac.role !== 'uac') return undefined;
    return asUac.remoteTag === view.fromTag || (asUac.forks?.has(view.fromTag) ?? false) ? asUac : undefined;
  }
}

/** The id applications know a dialog by. */
export const dialogIdOf = (callId: string, fromTag: string): string => `${callId};from-tag=${fromTag}`;

/** Stops whatever a dialog still waits for; it is over. */
export function silence(dialog: Dialog): void {
  dialog.state = 'ended';
  dialog.answer?.stop();
  dialog.answer = undefined;
  // Each 2xx gets its ACK (RFC 3261 §13.2.2.4), also that of a call that ends first.
  dialog.toAcknowledge?.send();
  dialog.lastAck = undefined;
  dialog.expiry?.cancel();
  dialog.expiry = undefined;
  dialog.session?.timer.cancel();
  dialog.session = undefined;
  dialog.forks = undefined;
  const held = dialog.heldBye;
  dialog.heldBye = undefined;
  held?.drop();
}
