import type { Candidate, Connect, DecisionStep, Reject } from './call.ts';
import { chosenFirst } from './candidates.ts';
import { withoutOrphans } from './fallback.ts';
import type { RecordRef } from './records.ts';
import { CALL_REFUSALS } from './refusal.ts';

const CODE = 'not_registered';

/** The step that says so; `of` where it is another account's user. */
const stepOf = ({ uri, of }: Candidate): DecisionStep => ({
  step: 'registered',
  ok: false,
  facts: { uri },
  ...(of === undefined ? {} : { of }),
});

/**
 * What a call that would connect comes to where some of its SIP users have no phone: they are passed over as on the wire, and where
 * nobody else is left it ends with `not_registered`. For calls that nobody placed: one on the wire keeps each as an attempt.
 */
export function withoutUnregistered(decision: Connect, isRegistered: (user: RecordRef) => boolean): Connect | Reject {
  const isGone = ({ chosen, user }: Candidate): boolean => chosen && user !== undefined && !isRegistered(user);
  const gone = decision.candidates.filter(isGone);
  if (gone.length === 0) return decision;
  const steps = [...decision.steps, ...gone.map(stepOf)];
  const passedOver = decision.candidates.map((one) => (isGone(one) ? { ...one, chosen: false, reason: 'no phone is registered' } : one));
  const candidates = chosenFirst(withoutOrphans(passedOver));
  if (candidates[0]?.chosen === true) return { ...decision, steps, candidates };
  const { parties, versions } = decision;
  return { outcome: 'reject', parties, code: CODE, sipStatus: CALL_REFUSALS[CODE].sipStatus, candidates, steps, versions };
}
