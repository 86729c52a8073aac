import type { Candidate, Decision, DecisionStep } from './call.ts';
import type { RecordVersion } from './records.ts';
import { CALL_REFUSALS, type CallRefusalCode } from './refusal.ts';

/** One candidate as explain shows it; an endpoint's target is named by its URI. */
export interface ExplainedCandidate {
  readonly trunkGroupId: string | null;
  readonly gateway: string | null;
  readonly endpointId: string | null;
  readonly uri: string;
  readonly chosen: boolean;
  readonly reason: string;
  /** The account whose target it is, where it is not the call's own. */
  readonly of?: string;
}

/** What a decision was and why (decision B15); `sipStatus` is null for a call that connects and for one that gets no answer. */
export interface Explanation {
  readonly outcome: 'connect' | 'reject';
  readonly sipStatus: number | null;
  readonly code: CallRefusalCode | null;
  readonly remedy: string | null;
  readonly versions: readonly RecordVersion[];
  readonly steps: readonly DecisionStep[];
  readonly candidates: readonly ExplainedCandidate[];
}

const explained = ({ trunkGroupId, gatewayId, endpointId, uri, chosen, reason, of }: Candidate): ExplainedCandidate => ({
  trunkGroupId,
  gateway: gatewayId ?? (uri === '' ? null : uri),
  endpointId,
  uri,
  chosen,
  reason,
  ...(of === undefined ? {} : { of }),
});

/** The catalogue code of a decision: a challenge is a refusal until it is answered; null for a call that connects. */
export function codeOf(decision: Decision): CallRefusalCode | null {
  switch (decision.outcome) {
    case 'connect':
      return null;
    case 'reject':
      return decision.code;
    case 'challenge':
      return decision.failed ? 'authentication_failed' : 'authentication_required';
    case 'drop':
      return 'unknown_source';
  }
}

/** Turns a decision into what explain shows; nothing is worked out again, so it cannot differ from what was done (invariant 9). */
export function explainOf(decision: Decision): Explanation {
  const code = codeOf(decision);
  const refusal = code === null ? null : CALL_REFUSALS[code];
  return {
    outcome: decision.outcome === 'connect' ? 'connect' : 'reject',
    sipStatus: decision.outcome === 'drop' ? null : (refusal?.sipStatus ?? null),
    code,
    remedy: refusal?.remedy ?? null,
    versions: decision.versions,
    steps: decision.steps,
    candidates: 'candidates' in decision ? decision.candidates.map(explained) : [],
  };
}
