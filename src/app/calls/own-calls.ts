import type { CalleeSide } from '../../domain/callee-side.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { CallFilter, CallReader, CallRecord } from '../ports/calls.ts';
import type { PageRequest } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** What both sides of a call have in common, and whose it is. */
interface SidesOfCall {
  readonly mode: Mode;
  readonly accountId: string | null;
  readonly subAccountId: string | null;
  readonly callee?: CalleeSide | null | undefined;
}

/**
 * Which side of a call is the actor's account, or one of its sub-accounts; null: neither is, and a call of another mode is nobody's.
 * Who has both sides is the caller: that side sees more.
 */
export function ownSide(actor: Actor, { mode, accountId, subAccountId, callee }: SidesOfCall): 'calling' | 'called' | null {
  const { id, parentId } = accountOf(actor);
  const isTheirs = (owner: string | null, sub: string | null): boolean => (parentId === null ? owner === id : sub === id);
  if (mode !== actor.mode) return null;
  if (isTheirs(accountId, subAccountId)) return 'calling';
  return callee && isTheirs(callee.accountId, callee.subAccountId) ? 'called' : null;
}

/** A call as one of its accounts may see it: nothing of the platform's carriers, and nothing of the other account. */
export interface OwnCall
  extends Pick<
    CallRecord,
    | 'callId'
    | 'direction'
    | 'mode'
    | 'caller'
    | 'called'
    | 'numberId'
    | 'subAccountId'
    | 'startedAt'
    | 'answeredAt'
    | 'endedAt'
    | 'durationMs'
    | 'outcome'
    | 'sipStatus'
    | 'refusalCode'
    | 'endedBy'
  > {
  readonly side: 'calling' | 'called';
}

function ownCall(call: CallRecord, side: OwnCall['side']): OwnCall {
  const { callId, direction, mode, caller, called, numberId, subAccountId, startedAt, answeredAt, endedAt, durationMs, outcome } = call;
  const { sipStatus, refusalCode, endedBy, callee, shownCaller } = call;
  const shared = {
    side,
    callId,
    direction,
    mode,
    called,
    startedAt,
    answeredAt,
    endedAt,
    durationMs,
    outcome,
    sipStatus,
    refusalCode,
    endedBy,
  };
  // Of a call from outside the account is the called side, and a withheld caller is not for it to know.
  if (callee === null) return { ...shared, caller: shownCaller ?? caller, numberId, subAccountId };
  if (side === 'calling') return { ...shared, caller, numberId, subAccountId };
  return { ...shared, caller: callee.caller, numberId: callee.numberId, subAccountId: callee.subAccountId };
}

/** What a list of an account's calls may be narrowed by. */
export type OwnCallFilter = Pick<CallFilter, 'number' | 'direction' | 'outcome' | 'since' | 'until'>;

/** The calls of the actor's account, in and out, newest first; those it was called by another account in among them. */
export async function listOwnCalls(
  { calls }: { readonly calls: Pick<CallReader, 'list'> },
  actor: Actor,
  filter: OwnCallFilter,
  page: PageRequest,
): Promise<readonly OwnCall[]> {
  const { id, parentId } = accountOf(actor);
  const whose = parentId === null ? { accountId: id } : { accountId: parentId, subAccountId: id };
  const rows = await calls.list({ ...filter, ...whose, mode: actor.mode, asShown: true }, page);
  return rows.flatMap((call) => {
    const side = ownSide(actor, call);
    return side === null ? [] : [ownCall(call, side)];
  });
}

const NO_CALL: RequestRefusal = { kind: 'not_found', resource: 'call' };

/** One of them; an unknown call and somebody else's are the same (invariant 11). */
export async function getOwnCall(
  { calls }: { readonly calls: Pick<CallReader, 'get'> },
  actor: Actor,
  callId: string,
): Promise<Result<OwnCall, RequestRefusal>> {
  const call = await calls.get(callId);
  const side = call === null ? null : ownSide(actor, call);
  return call === null || side === null ? err(NO_CALL) : ok(ownCall(call, side));
}
