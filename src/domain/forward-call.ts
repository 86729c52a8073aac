import type { Candidate } from './call.ts';
import type { Callee } from './callee.ts';
import type { E164 } from './e164.ts';
import { ENDPOINT_DEPTH_MAX, NUMBERS_PASSED_MAX } from './endpoint-route.ts';
import { leafOf } from './holder-account.ts';
import { leasesWith, wantedLease, withoutMinutes } from './lease.ts';
import { mayCall } from './may-call.ts';
import { outboundRouting } from './outbound-routes.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { type Mode, type NumberRecord, recordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';
import type { Walk } from './target-walk.ts';

/** The number of ours with this E.164; null: there is none, or calls to our own go by the carriers (decision C16). */
export function* onNetNumber(context: DecisionContext, mode: Mode, e164: E164): Deciding<NumberRecord | null> {
  if (context.settings.onNet !== 'internal') return null;
  return yield* readRecord(context, 'number', recordRef.number(mode, e164));
}

/** The context in which details of another account are looked at: its steps are not the call's own. */
export const asSeenBy = (context: DecisionContext, own: string, other: string): DecisionContext =>
  own === other ? context : { ...context, of: other };

interface Forwarded {
  readonly refusal: CallRefusalCode | null;
  readonly candidates: readonly Candidate[];
  readonly onNet: boolean;
}

const refused = (refusal: CallRefusalCode, candidates: readonly Candidate[] = []): Forwarded => ({ refusal, candidates, onNet: false });

/** Why the number that is called may not call that number. */
function* forwardRefusal({ context, callee, place, search }: Walk, to: E164): Deciding<CallRefusalCode | null> {
  // A call that would come back to a number it has passed goes round in a circle.
  if (search.numbers.has(to) || search.numbers.size >= NUMBERS_PASSED_MAX || place.depth > ENDPOINT_DEPTH_MAX) return 'loop';
  if (!callee.number.allowOutbound) return 'number_outbound_disabled';
  return (yield* mayCall(context, callee.account.destinations, to)) ? null : 'destination_blocked';
}

function* byRoutes(context: DecisionContext, { number, account }: Callee, to: E164): Deciding<Forwarded> {
  // Calls that are forwarded cost as much as others do.
  if (account.outboundStopped) return refused('outbound_stopped');
  const { matched, candidates } = yield* outboundRouting(context, account, number.mode, { e164: to });
  // It is a call out of whoever holds the number, and uses up their minutes.
  const timed = [wantedLease('number', number), ...account.leases].filter(({ minutesPerDayMax = null }) => minutesPerDayMax !== null);
  const { ownerAccountId: accountId, subAccountId } = account.holder;
  const leaves = { accountId, subAccountId, numberId: number.id, called: to };
  const leaving = candidates.map((candidate) => ({
    ...candidate,
    leaves,
    ...(candidate.leases === undefined ? {} : { leases: leasesWith(timed, candidate.leases) }),
  }));
  if (!matched) return refused('no_route', leaving);
  return { refusal: leaving.some(({ chosen }) => chosen) ? null : 'no_carrier', candidates: leaving, onNet: false };
}

function* toOwn(walk: Walk, to: E164, number: NumberRecord): Deciding<Forwarded> {
  const { context, callee } = walk;
  const own = leafOf(callee.account.holder);
  const other = number.subAccountId ?? number.ownerAccountId;
  // It presents the number that forwards, to whoever asks too (decision C15).
  const seenBy: DecisionContext = { ...asSeenBy(context, own, other), caller: callee.number.e164 };
  const rung = yield* walk.ring({ ...walk, context: seenBy }, to, number);
  const held = rung.candidates.map((candidate) => ({
    ...candidate,
    // The number that is rung is held while it is, and so is a channel of its account; minutes are those of the last one, who sends it out.
    leases: leasesWith(withoutMinutes(rung.leases), candidate.leases ?? []),
    ...(own === other || candidate.of !== undefined ? {} : { of: other }),
  }));
  return { refusal: rung.refusal, candidates: held, onNet: true };
}

/**
 * A forward to a number: a call of the called number's holder with every check of an outbound call, which presents the called number
 * (decisions C6, C15). To a number of ours it is put through here.
 */
export function* forwardCall(walk: Walk, to: E164): Deciding<readonly Candidate[]> {
  const { context, callee, place, search } = walk;
  const refusal = yield* forwardRefusal(walk, to);
  search.numbers.add(to);
  const own = refusal === null ? yield* onNetNumber(context, callee.number.mode, to) : null;
  const found = refusal !== null ? refused(refusal) : own === null ? yield* byRoutes(context, callee, to) : yield* toOwn(walk, to, own);
  note(context, 'forward', found.refusal === null, { numberId: callee.number.id, to, onNet: found.onNet, refusal: found.refusal });
  if (found.refusal !== null) search.refusals.push(found.refusal);
  const by = { e164: callee.number.e164, reason: place.reason };
  return found.candidates.map((candidate) => ({ ...candidate, diverted: [...(candidate.diverted ?? []), by] }));
}
