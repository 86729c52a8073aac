import {
  attemptsForTenant,
  explainForCallee,
  explainForTenant,
  type TenantAttempt,
  type TenantExplanation,
} from '../../domain/explain-for-tenant.ts';
import { type CallResult, placedAttempts, resultOf } from '../../domain/past-call.ts';

import { kindOf, type RecordRef, type Versioned } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { CallReader } from '../ports/calls.ts';
import { accountOf } from '../tenant.ts';
import { assumeSender } from './assume-sender.ts';
import { decideOnRecords } from './decide-on-records.ts';
import { askedRequest, type ExplainDeps } from './explain-call.ts';
import { ownSide } from './own-calls.ts';
import { decideStored, isDecided } from './stored-decision.ts';

/** A call an account asks about: to a number of its own, or from it. */
export interface OwnQuestion {
  readonly direction: 'inbound' | 'outbound';
  readonly from: string;
  readonly to: string;
}

/** Why a call of an account went as it did, and what became of it. */
export interface TenantPastExplanation extends TenantExplanation {
  /** null: it goes on. */
  readonly result: CallResult | null;
  readonly attempts: readonly TenantAttempt[];
}

const NO_CALL: RequestRefusal = { kind: 'not_found', resource: 'call' };
const gone = (code: string, detail: string): RequestRefusal => ({ kind: 'expired', code, detail });

/** Why a call of the account's went as it did; an unknown call and somebody else's are the same (invariant 11). */
export async function explainOwnPastCall(
  deps: { readonly calls: Pick<CallReader, 'get'> },
  actor: Actor,
  callId: string,
): Promise<Result<TenantPastExplanation, RequestRefusal>> {
  const call = await deps.calls.get(callId);
  const side = call === null ? null : ownSide(actor, call);
  if (call === null || side === null) return err(NO_CALL);
  const { decisionInput } = call;
  if (decisionInput === null) return err(gone('explain_expired', 'What the call was decided on is no longer kept.'));
  if (!isDecided(decisionInput)) return err(gone('explain_undecided', 'The call was turned away before anything could be decided.'));
  const { decision, input } = decideStored(decisionInput);
  const held = new Map<RecordRef, Versioned>(input.records.map(([ref, version, record]) => [ref, { version, record }]));
  const get = (ref: RecordRef) => held.get(ref);
  const { callee } = call;
  const isCalled = side === 'called' && callee !== null;
  const explanation = isCalled ? explainForCallee(decision, callee, get) : explainForTenant(decision, get);
  const placed = placedAttempts('candidates' in decision ? decision.candidates : [], call.attempts);
  return ok({ ...explanation, result: resultOf(call), attempts: attemptsForTenant(placed, explanation.candidates) });
}

/** What would be decided of a call of the account's now; changes nothing. Inbound it comes from any carrier of the platform. */
export async function explainOwnCall(
  deps: ExplainDeps,
  actor: Actor,
  { direction, from, to }: OwnQuestion,
): Promise<Result<TenantExplanation, RequestRefusal>> {
  const { reader, settings, clock, newId } = deps;
  const accountId = accountOf(actor).id;
  const said = { direction, from, mode: actor.mode, ...(direction === 'inbound' ? { anyCarrier: true as const } : { accountId }) };
  const sender = await assumeSender(said, reader);
  const request = askedRequest({ callId: newId(), at: clock.now(), to }, sender, await deps.unwell?.());
  const [decision] = await decideOnRecords([{ request, held: sender.held }], reader, settings);
  if (decision === undefined || ownSide(actor, decision.parties) !== 'calling') return err({ kind: 'not_found', resource: 'number' });
  const read = await reader.read(decision.versions.map(({ record }) => record).filter((ref) => kindOf(ref) === 'trunk_group'));
  return ok(explainForTenant(decision, (ref) => read.get(ref)));
}
