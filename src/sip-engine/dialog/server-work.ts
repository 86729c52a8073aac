import type { RequestView } from '../message/read-request.ts';
import type { Timer } from '../transaction/scheduler.ts';
import type { ServerTransaction } from '../transaction/transaction-layer.ts';
import type { Peer } from '../transport/peer.ts';
import type { Application } from './application.ts';
import type { Dialog } from './dialog.ts';
import type { ReliableProvisionals } from './reliable-provisionals.ts';
import type { SessionTerms } from './session-timer.ts';

/** A request from the network that an application has to answer. */
export interface ServerWork {
  readonly txnId: string;
  readonly view: RequestView;
  readonly transaction: ServerTransaction;
  readonly from: Peer;
  readonly app: Application;
  /** It was another application's, which was lost before it said a word. */
  readonly again: boolean;
  /** '' for requests that make no dialog. */
  readonly dialogId: string;
  /** Tag of our side; the application may choose it with its first answer. */
  localTag: string;
  /** True once an answer with the tag has left. */
  tagged: boolean;
  /** The dialog it arrived in or made. */
  dialog: Dialog | undefined;
  /** Makes a new dialog (no To tag). */
  readonly initial: boolean;
  /** Runs out when the application stays silent. */
  deadline: Timer | undefined;
  reliable: ReliableProvisionals | undefined;
  /** True once the application gave its final answer, even when that still waits for a PRACK. */
  concluded: boolean;
  /** What our 2xx says of the session timer. */
  session: SessionTerms | undefined;
}
