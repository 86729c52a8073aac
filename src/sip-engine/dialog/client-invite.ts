import type { SipHeader } from '../message/sip-message.ts';
import type { InviteClient } from '../transaction/invite-client.ts';
import type { Timer } from '../transaction/scheduler.ts';
import type { Application } from './application.ts';
import type { Dialog } from './dialog.ts';
import type { RequestPlan } from './request-plan.ts';

/** An INVITE of an application: new or in a dialog. */
export interface ClientInvite {
  readonly txnId: string;
  readonly app: Application;
  /** Of the target that is tried now. */
  plan: RequestPlan;
  readonly dialogId: string;
  readonly localTag: string;
  contact: string;
  /** What it says about media. */
  readonly body: Buffer;
  /** Makes a dialog, rather than changing one. */
  readonly initial: boolean;
  /** Early, made, or the one it changes. */
  dialog: Dialog | undefined;
  transaction: InviteClient | undefined;
  /** A CANCEL waits for the first provisional answer (RFC 3261 §9.1). */
  cancel: 'none' | 'held' | 'sent';
  cancelHeaders: readonly SipHeader[];
  provisional: boolean;
  /** The application has its final answer, or wants none any more. */
  settled: boolean;
  /** Timer C, or the wait for the final answer behind a CANCEL. */
  timer: Timer | undefined;
  /** To tag of the 2xx that won. */
  winner: string | undefined;
  /** The ACKs to 2xx that nobody wanted and a BYE has ended, by To tag; undefined while it is on its way. */
  unwanted: Map<string, Dialog['lastAck']> | undefined;
}
