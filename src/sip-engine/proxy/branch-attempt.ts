import type { Core } from '../dialog/core.ts';
import { buildTransactionAck, type RequestPlan } from '../dialog/request-plan.ts';
import { sendPlainCancel } from '../dialog/send-cancel.ts';
import type { ResponseView } from '../message/read-response.ts';
import { header, type SipHeader } from '../message/sip-message.ts';
import type { InviteClient } from '../transaction/invite-client.ts';
import type { Peer } from '../transport/peer.ts';

/** A request at one address of its target. */
export interface Attempt {
  readonly plan: RequestPlan;
  /** Another address is tried now. */
  readonly moved: boolean;
  /** Nobody waits any more: cancels it now when `ringing`, else when it rings after all (RFC 3261 §9.1). */
  abandon(ringing: boolean, headers: readonly SipHeader[]): void;
}

/** What one address answers. */
export interface AttemptEvents {
  provisional(view: ResponseView): void;
  success(view: ResponseView, from: Peer, repeated: boolean): void;
  refused(view: ResponseView, from: Peer): void;
  /** No answer in time; true when another address is tried now, as with `unreachable`. */
  silent(): boolean;
  unreachable(): boolean;
}

/** What to send, and how long to wait for an answer when not as long as the timers say. */
export interface Built {
  readonly plan: RequestPlan;
  readonly bytes: Buffer;
  readonly patienceMs: number | undefined;
}

/** Sends an INVITE that is passed on. */
export function attemptInvite(core: Core, { plan, bytes, patienceMs }: Built, events: AttemptEvents): Attempt {
  let moved = false;
  let left: readonly SipHeader[] | undefined;
  let cancelled = false;
  const cancel = (headers: readonly SipHeader[]): void => {
    if (!cancelled) sendPlainCancel(core, plan, headers);
    cancelled = true;
    // Its final answer, or a 2xx that crossed, may take another 64*T1.
    own.linger();
  };
  const leave = (over: boolean): void => {
    if (!over) return;
    moved = true;
    left ??= [];
  };
  const own: InviteClient = core.transactions.startInvite(
    plan.branch,
    { bytes, method: plan.method, status: '' },
    plan.peer,
    {
      relays: true,
      response: (view, from, repeated) => {
        const { status } = view.message;
        if (status >= 200 && status < 300) events.success(view, from, repeated);
        else if (left !== undefined) status < 200 && cancel(left);
        else if (status < 200) events.provisional(view);
        else events.refused(view, from);
      },
      timeout: () => left === undefined && leave(events.silent()),
      failed: () => left === undefined && leave(events.unreachable()),
      acknowledgement: (view) => buildTransactionAck(plan, header(view.message, 'to') ?? plan.to),
      ended: () => {},
    },
    patienceMs,
  );
  return {
    plan,
    get moved() {
      return moved;
    },
    abandon: (ringing, headers) => {
      left = headers;
      if (ringing) cancel(headers);
      else own.linger();
    },
  };
}

/** Sends any other request that is passed on; it cannot be cancelled (RFC 3261 §9.1). */
export function attemptRequest(core: Core, { plan, bytes, patienceMs }: Built, events: AttemptEvents): Attempt {
  let moved = false;
  const own = core.transactions.startRequest(
    plan.branch,
    { bytes, method: plan.method, status: '' },
    plan.peer,
    {
      relays: true,
      response: (view, from) => {
        const { status } = view.message;
        if (status < 200) events.provisional(view);
        else if (status < 300) events.success(view, from, false);
        else events.refused(view, from);
      },
      timeout: () => {
        moved = events.silent();
      },
      failed: () => {
        moved = events.unreachable();
      },
      ended: () => {},
    },
    patienceMs,
  );
  return {
    plan,
    get moved() {
      return moved;
    },
    abandon: () => own.terminate(),
  };
}
