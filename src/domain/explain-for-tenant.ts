import type { CallParties, Decision, DecisionStep } from './call.ts';
import type { CalleeSide } from './callee-side.ts';
import { type ExplainedCandidate, type Explanation, explainOf } from './explain.ts';
import type { PlacedAttempt } from './past-call.ts';

import type { RecordRef, Versioned } from './records.ts';
import { recordRef } from './records.ts';

/** One place a tenant's call could go to; what is not theirs has no name but its place in the order. */
export interface TenantCandidate {
  readonly name: string;
  /** A target of the account's own; where false it has no more than a place. */
  readonly isOwn: boolean;
  readonly endpointId: string | null;
  readonly trunkGroupId: string | null;
  readonly uri: string | null;
  readonly chosen: boolean;
  readonly reason: string;
}

/** What the account of a call is told of its decision. */
export interface TenantExplanation extends Pick<Explanation, 'outcome' | 'sipStatus' | 'code' | 'remedy' | 'steps'> {
  readonly candidates: readonly TenantCandidate[];
}

/** One attempt of a call as the account of the call may see it. */
export interface TenantAttempt {
  readonly n: number;
  /** Name of the candidate; null where it cannot be told. */
  readonly candidate: string | null;
  /** Where it was sent and what came back, for a target of the account's own alone. */
  readonly uri: string | null;
  readonly sipStatus: number | null;
  readonly outcome: string | null;
}

/** What of each step is the caller's or the callee's own; steps and facts that are not here are the platform's. */
const OWN_FACTS: Readonly<Record<string, readonly string[]>> = {
  direction: ['rule', 'direction', 'auth', 'credentialId'],
  max_forwards: ['maxForwards'],
  require: ['requires'],
  number: ['numberId', 'lifecycle'],
  account: ['accountId', 'subAccountId'],
  suspension: ['suspendedBy'],
  allow_inbound: ['allowInbound'],
  destination: ['endpointId', 'trunkGroupId', 'status', 'enabled', 'usable', 'targets', 'gateways', 'logins'],
  called: ['kind', 'e164', 'digits', 'service', 'user', 'code', 'why'],
  caller: ['header', 'caller', 'numberId', 'refusal'],
  endpoint: ['endpointId', 'cut'],
  schedule: ['endpointId', 'timeZone', 'date', 'day', 'minute', 'rule', 'next'],
  fallback: ['endpointId', 'on', 'next'],
  forward: ['numberId', 'to', 'refusal'],
  sip_user: ['user'],
  presented: ['caller', 'use', 'numberId', 'refusal'],
  limits: ['kind', 'why'],
  destinations: ['refusal', 'list'],
  loop: ['called'],
  webhook: ['endpointId', 'result', 'why', 'targets', 'reject'],
  traffic_guard: [],
  draining: [],
  plane_busy: [],
  transfer: ['callId', 'accountId', 'trunkGroupId'],
  max_duration: ['seconds'],
  diversion: ['diversion', 'own'],
  unanswered: [],
  source: [],
  routes: [],
};

function ownStep({ step, ok, facts, of }: DecisionStep, isOwnGroup: IsOwnGroup): DecisionStep {
  // What the other side's settings are is theirs to know, and so is at which of them the call ended.
  if (of !== undefined) return { step: 'callee', ok, facts: {} };
  const own = Object.hasOwn(OWN_FACTS, step) ? (OWN_FACTS[step] ?? []) : [];
  const isShown = (name: string): boolean =>
    Object.hasOwn(facts, name) && (name !== 'trunkGroupId' || facts[name] === null || isOwnGroup(String(facts[name])));
  return { step, ok, facts: Object.fromEntries(own.filter(isShown).map((name) => [name, facts[name]])) };
}

type IsOwnGroup = (trunkGroupId: string) => boolean;
type Get = (ref: RecordRef) => Versioned | undefined;

const ownGroups =
  ({ accountId, subAccountId }: Pick<CallParties, 'accountId' | 'subAccountId'>, get: Get): IsOwnGroup =>
  (trunkGroupId) => {
    const group = get(recordRef.trunkGroup(trunkGroupId))?.record;
    const isTheirs = group?.kind === 'trunk_group' && group.groupKind === 'customer' && group.accountId !== null;
    return isTheirs && (group.accountId === accountId || group.accountId === subAccountId);
  };

/** A forward follows routes too, and through whose trunk group those lead is not theirs to know. */
const leaves = (decision: Decision, index: number): boolean => 'candidates' in decision && decision.candidates[index]?.leaves !== undefined;

function shownCandidate(
  { trunkGroupId, endpointId, uri, chosen, reason }: ExplainedCandidate,
  index: number,
  isOwn: boolean,
): TenantCandidate {
  const name = `${index + 1}`;
  if (isOwn) return { name: `target ${name}`, isOwn, endpointId, trunkGroupId, uri: uri === '' ? null : uri, chosen, reason };
  const why = chosen ? 'chosen by the platform' : 'passed over by the platform';
  return { name: `carrier ${name}`, isOwn, endpointId: null, trunkGroupId: null, uri: null, chosen, reason: why };
}

/**
 * The explanation as the account of the call may see it: its own numbers, endpoints and trunk groups by name, everything of the
 * platform or of others as a place in the order. Versions are left out: they would tell which numbers exist. `get` gives the trunk
 * groups that the decision read.
 */
export function explainForTenant(decision: Decision, get: Get): TenantExplanation {
  const { direction } = decision.parties;
  const { outcome, sipStatus, code, remedy, steps, candidates } = explainOf(decision);
  const isOwnGroup = ownGroups(decision.parties, get);
  const shown = candidates.map((candidate, index) => {
    const { trunkGroupId, endpointId, of } = candidate;
    // Calls out follow routes, which are the platform's wherever they lead; a number of another account is that account's.
    const isInside = (direction === 'inbound' || direction === 'internal') && of === undefined;
    const own =
      isInside &&
      !leaves(decision, index) &&
      (trunkGroupId === null ? endpointId !== null || direction === 'internal' : isOwnGroup(trunkGroupId));
    return shownCandidate(candidate, index, own);
  });
  return { outcome, sipStatus, code, remedy, steps: steps.map((step) => ownStep(step, isOwnGroup)), candidates: shown };
}

/**
 * The same as the account that was called may see it: its own steps and targets. All that the calling side went through is one step
 * without facts, and what a third account has, where the call was passed on to it, is as hidden as it is from the caller.
 */
export function explainForCallee(decision: Decision, callee: CalleeSide, get: Get): TenantExplanation {
  const { outcome, sipStatus, code, remedy, steps, candidates } = explainOf(decision);
  const isOwnGroup = ownGroups(callee, get);
  const leaf = callee.subAccountId ?? callee.accountId;
  const own = steps.filter(({ of }) => of !== undefined).map(({ of, ...step }) => (of === leaf ? step : { ...step, of: of ?? '' }));
  const shown = candidates.map((candidate, index) => {
    const { trunkGroupId, endpointId, of } = candidate;
    return shownCandidate(
      candidate,
      index,
      of === leaf && !leaves(decision, index) && (trunkGroupId === null ? endpointId !== null : isOwnGroup(trunkGroupId)),
    );
  });
  const told = [{ step: 'caller', ok: true, facts: {} }, ...own.map((step) => ownStep(step, isOwnGroup))];
  return { outcome, sipStatus, code, remedy, steps: told, candidates: shown };
}

/** Attempts beside the candidates that their account is told: what a carrier or another account answered is not its business. */
export const attemptsForTenant = (attempts: readonly PlacedAttempt[], candidates: readonly TenantCandidate[]): readonly TenantAttempt[] =>
  attempts.map(({ n, place, uri, sipStatus, outcome }) => {
    const candidate = place === null ? undefined : candidates[place - 1];
    const own = candidate?.isOwn === true ? { uri, sipStatus } : { uri: null, sipStatus: null };
    return { n, candidate: candidate?.name ?? null, ...own, outcome };
  });
