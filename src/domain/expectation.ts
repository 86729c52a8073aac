import type { Explanation } from './explain.ts';
import type { Mode, RecordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';

/** The call an expectation is about. Who sends it: a login, an address, a trunk group, or else whoever is likeliest. */
export interface ExpectedCall {
  readonly direction: 'inbound' | 'outbound';
  readonly mode: Mode;
  /** Number or user part; null: some number of the account that may call out. */
  readonly from: string | null;
  /** `+E.164`, or a short code. */
  readonly to: string;
  readonly source: { readonly ip: string; readonly port: number; readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' } | null;
  /** As if it came from an address of this group. */
  readonly trunkGroupId: string | null;
  readonly credential: { readonly realm: string; readonly username: string } | null;
  /** Product time in ms; null: at any time it is looked at. */
  readonly at: number | null;
}

/** One place in the expected order; every key that is set must match. A group or endpoint alone stands for all its targets. */
export interface ExpectedTarget {
  readonly trunkGroupId?: string;
  readonly gatewayId?: string;
  readonly endpointId?: string;
  readonly uri?: string;
}

/** What must become of the call. */
export type ExpectedOutcome =
  | {
      readonly outcome: 'connect';
      /** In the order they are tried; empty: anywhere. */
      readonly targets: readonly ExpectedTarget[];
      /** `prefix`: others may follow; `any_order`: these and no others. */
      readonly match: 'exact' | 'prefix' | 'any_order';
    }
  /** null: whatever the reason. */
  | { readonly outcome: 'reject'; readonly code: CallRefusalCode | null };

/** A call and what must be decided of it, whatever is changed; as last judged. */
export interface Expectation {
  readonly id: string;
  /** null: the platform's. */
  readonly accountId: string | null;
  readonly name: string;
  readonly enabled: boolean;
  readonly call: ExpectedCall;
  readonly expected: ExpectedOutcome;
  readonly judged: Judged;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How an expectation stands. */
export interface Judged {
  /** Why it does not hold, in one sentence; null: it holds. */
  readonly broken: string | null;
  /** The decision that is told of: the first one that breaks it, or the first of all. */
  readonly explanation: Explanation;
  /** Records it rests on. */
  readonly depends: readonly RecordRef[];
  readonly at: number;
}

/** Of one account, or of the platform itself. */
export const EXPECTATIONS_PER_OWNER_MAX = 100;
/** Of all together: as many may have to be judged by one change of the platform's routes. */
export const EXPECTATIONS_MAX = 2000;

/** Decisions of the same call under other call ids, since equal priorities are shared out by call (decision C12). */
export const CALL_IDS = 8;

type Chosen = Explanation['candidates'][number];

const fits = (target: ExpectedTarget, candidate: Chosen): boolean =>
  (target.trunkGroupId === undefined || target.trunkGroupId === candidate.trunkGroupId) &&
  (target.gatewayId === undefined || target.gatewayId === candidate.gateway) &&
  (target.endpointId === undefined || target.endpointId === candidate.endpointId) &&
  (target.uri === undefined || target.uri === candidate.uri);

const isOne = (target: ExpectedTarget): boolean => target.gatewayId !== undefined || target.uri !== undefined;

/** How many of the chosen the targets take, in order; null where one of them finds nothing. */
function takenInOrder(targets: readonly ExpectedTarget[], chosen: readonly Chosen[]): number | { readonly missing: number } {
  let at = 0;
  for (const [index, target] of targets.entries()) {
    const from = at;
    const next = targets[index + 1];
    while (at < chosen.length && (at === from || !isOne(target)) && fits(target, chosen[at] as Chosen)) {
      // `group X, then its gateway g`: the more specific one takes its own.
      if (at > from && next !== undefined && isOne(next) && fits(next, chosen[at] as Chosen)) break;
      at += 1;
    }
    if (at === from) return { missing: index };
  }
  return at;
}

function brokenOrder(targets: readonly ExpectedTarget[], match: 'exact' | 'prefix', chosen: readonly Chosen[]): string | null {
  const taken = takenInOrder(targets, chosen);
  if (typeof taken !== 'number') return `Target ${taken.missing + 1} is not where it must be in the order.`;
  if (match === 'exact' && taken < chosen.length) return `${chosen.length - taken} more targets would be tried.`;
  return null;
}

function brokenSet(targets: readonly ExpectedTarget[], chosen: readonly Chosen[]): string | null {
  const missing = targets.findIndex((target) => !chosen.some((candidate) => fits(target, candidate)));
  if (missing >= 0) return `Target ${missing + 1} is not among those that would be tried.`;
  const others = chosen.filter((candidate) => !targets.some((target) => fits(target, candidate))).length;
  return others === 0 ? null : `${others} more targets would be tried.`;
}

/** Why a decision is not what was expected, in one sentence; null: it is. */
export function brokenBy(expected: ExpectedOutcome, explanation: Explanation): string | null {
  const { outcome, code } = explanation;
  if (expected.outcome === 'reject') {
    if (outcome === 'connect') return 'The call would connect.';
    return expected.code === null || expected.code === code ? null : `The call would be refused with ${code}, not ${expected.code}.`;
  }
  if (outcome === 'reject') return `The call would be refused with ${code}.`;
  const { targets, match } = expected;
  if (targets.length === 0) return null;
  const chosen = explanation.candidates.filter((candidate) => candidate.chosen);
  return match === 'any_order' ? brokenSet(targets, chosen) : brokenOrder(targets, match, chosen);
}
