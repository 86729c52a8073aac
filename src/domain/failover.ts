import type { AttemptOutcome } from './call-event.ts';
import { type FailoverRules, ruledStatus } from './failover-rules.ts';
import type { CallRefusalCode } from './refusal.ts';

/** How one attempt ended; `sipStatus` is the final status of the B leg where there was one. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly sipStatus: number | null;
}

// A person, or their phone for them, said no: nobody else is asked (decision C22) unless a rule names that very status (ADR 0019).
const HUMAN_FINALS: readonly number[] = [486, 600, 603, 604, 606];
const CANCELLED = 487;

// The first three say that the number is wrong, which no other target can mend; 485 asks the caller to choose; 6xx speak for everybody.
const FINAL_STATUSES: readonly string[] = ['404', '410', '484', '485', '486', '6xx'];
const BUILT_IN = {
  finalOn: FINAL_STATUSES,
  noResponse: 'next',
  earlyMedia: 'last',
  afterEarlyMedia: 'final',
  redirect: 'next',
  attemptsMax: 10,
} as const;

/** The defaults by direction: another desk may be rung in turn, but a second carrier would only ring the same phone again. */
export const DEFAULT_FAILOVER: Readonly<Record<'inbound' | 'outbound', FailoverRules>> = {
  inbound: { ...BUILT_IN, ringTimeout: 'next' },
  outbound: { ...BUILT_IN, ringTimeout: 'final' },
};

const isFinal = (status: number, rules: FailoverRules): boolean => status === CANCELLED || ruledStatus(status, rules) === 'final';

/** What to do after one attempt: nothing more, or try the next target if there is one. */
export function nextStep(end: AttemptEnd, rules: FailoverRules): 'answered' | 'next' | 'final' {
  switch (end.outcome) {
    case 'answered':
      return 'answered';
    case 'cancelled':
      return 'final';
    case 'unreachable':
    case 'limit_reached':
    case 'rate_exceeded':
    case 'minutes_exhausted':
      return 'next';
    case 'no_response':
      return rules.noResponse === 'final' ? 'final' : 'next';
    case 'ring_timeout':
      return rules.ringTimeout === 'next' ? 'next' : 'final';
    case 'failed':
      return end.sipStatus !== null && isFinal(end.sipStatus, rules) ? 'final' : 'next';
  }
}

/** The answer for A; `code` null means the called side said it and it is no refusal of ours. */
export interface FinalAnswer {
  readonly sipStatus: number;
  readonly code: CallRefusalCode | null;
}

/** Rank of an end and its answer; lower is better (decision C22): 6xx > 486/480 > 404/484/410 > 403 > 488. */
function rated(end: AttemptEnd): { readonly rank: number; readonly answer: FinalAnswer } | null {
  const status = end.sipStatus ?? 0;
  const said = { sipStatus: status, code: null };
  if (end.outcome === 'cancelled') return { rank: 0, answer: { sipStatus: CANCELLED, code: null } };
  if (end.outcome === 'ring_timeout') return { rank: 4, answer: { sipStatus: 480, code: 'ring_timeout' } };
  // Behind whatever a target said: there was none to say it.
  if (end.outcome === 'limit_reached') return { rank: 8, answer: { sipStatus: 503, code: 'limit_reached' } };
  if (end.outcome === 'rate_exceeded') return { rank: 9, answer: { sipStatus: 503, code: 'rate_exceeded' } };
  if (end.outcome === 'minutes_exhausted') return { rank: 10, answer: { sipStatus: 403, code: 'minutes_exhausted' } };
  if (end.outcome !== 'failed') return null;
  if (HUMAN_FINALS.includes(status) && status >= 600) return { rank: 1, answer: said };
  // RFC 3261 §21.6: other 6xx are as final, and nothing A could read more into.
  if (status > 600 && status < 700) return { rank: 1, answer: { sipStatus: 603, code: null } };
  if (status === 486) return { rank: 2, answer: said };
  // 487 without a CANCEL of ours: somebody behind B gave up ringing.
  if (status === 480 || status === CANCELLED) return { rank: 3, answer: { sipStatus: 480, code: null } };
  if (status === 404 || status === 484 || status === 410) return { rank: 5, answer: said };
  if (status === 403) return { rank: 6, answer: said };
  return status === 488 ? { rank: 7, answer: { sipStatus: 488, code: 'not_acceptable' } } : null;
}

/**
 * The one answer A gets when no target took the call. A carrier's 401, 407, 408, 5xx and redirects never reach A: they become
 * 503 `no_carrier` outbound and 480 `target_unreachable` inbound.
 */
export function bestFinal(direction: 'inbound' | 'outbound', ends: readonly AttemptEnd[]): FinalAnswer {
  const best = ends
    .map(rated)
    .filter((item) => item !== null)
    .reduce<ReturnType<typeof rated>>((least, item) => (least === null || item.rank < least.rank ? item : least), null);
  if (best !== null) return best.answer;
  return direction === 'outbound' ? { sipStatus: 503, code: 'no_carrier' } : { sipStatus: 480, code: 'target_unreachable' };
}
