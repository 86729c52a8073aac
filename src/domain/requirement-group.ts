import { err, ok, type Result } from '../kit/result.ts';
import type { Holder } from './account.ts';
import type { NumberType } from './number.ts';
import type { Mode } from './records.ts';
import type { InvalidField, RequestRefusal } from './request-refusal.ts';
import { hasRules, judgeValue, type References, type RequirementDefinition, type RequirementValue } from './requirement.ts';

export const GROUP_STATES = ['unapproved', 'in_review', 'approved', 'declined', 'expired'] as const;
/** `expired` is drawn from the clock, never stored. */
export type GroupState = (typeof GROUP_STATES)[number];

/** A requirement of a group with what was given for it. */
export interface GroupValue extends RequirementDefinition {
  readonly value: string | null;
  readonly updatedAt: number;
}

/** Values for the numbers of one country and type, reviewed once and used in any order of the holder's. */
export interface RequirementGroup {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly country: string;
  readonly numberType: NumberType;
  readonly customerReference: string | null;
  readonly state: Exclude<GroupState, 'expired'>;
  /** When the approval ends; null exactly while it is not approved. */
  readonly expiresAt: number | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** As the catalogue was when the group was made. */
  readonly values: readonly GroupValue[];
}

/** The state of a group now. */
export const groupStateAt = ({ state, expiresAt }: RequirementGroup, nowMs: number): GroupState =>
  state === 'approved' && expiresAt !== null && expiresAt <= nowMs ? 'expired' : state;

/** True when every requirement has a value. */
export const isFulfilled = ({ values }: RequirementGroup): boolean => values.every(({ value }) => value !== null);

/** A change of a group; absent keys stay. */
export interface GroupPatch {
  readonly customerReference?: string | null;
  readonly values?: readonly { readonly requirementId: string; readonly value: string }[];
  readonly references: References;
}

/**
 * Decides a change of a group, all or nothing. New values take an approval away; while a reviewer looks at them they stay. Returns the
 * same object when nothing changes: no version then (decision B17).
 */
export function decideGroupPatch(group: RequirementGroup, patch: GroupPatch, nowMs: number): Result<RequirementGroup, RequestRefusal> {
  const merged = mergeValues(group, patch, nowMs);
  if (!merged.ok) return merged;
  const reference = patch.customerReference === undefined ? group.customerReference : patch.customerReference;
  const revised = merged.value !== group.values;
  if (!revised && reference === group.customerReference) return ok(group);
  if (revised && group.state === 'in_review') {
    return err({ kind: 'wrong_state', detail: 'The requirement group is under review: its values cannot change now.' });
  }
  const state = revised ? ({ state: 'unapproved', expiresAt: null } as const) : {};
  return ok({ ...group, ...state, customerReference: reference, values: merged.value, version: group.version + 1, updatedAt: nowMs });
}

function mergeValues(
  group: RequirementGroup,
  { values = [], references }: GroupPatch,
  nowMs: number,
): Result<readonly GroupValue[], RequestRefusal> {
  const offered = new Map<string, string>();
  const fields = values.flatMap(({ requirementId, value }, index): InvalidField[] => {
    const at = (name: string) => ({ in: 'body', path: ['regulatory_requirements', index, name] }) as const;
    const known = group.values.find((each) => each.requirementId === requirementId);
    if (known === undefined)
      return [{ ...at('requirement_id'), problem: 'invalid', message: 'Numbers of this country and type do not need this requirement.' }];
    if (offered.has(requirementId))
      return [{ ...at('requirement_id'), problem: 'invalid', message: 'This requirement is in the list twice.' }];
    offered.set(requirementId, value);
    // What stands may stay, also where the thing it names is on its way out.
    const judged = known.value === value ? ok(null) : judgeValue(known, value, references);
    return judged.ok ? [] : [{ ...at('field_value'), ...judged.error }];
  });
  if (fields.length > 0) return err({ kind: 'invalid', fields });
  const merged = group.values.map((each): GroupValue => {
    const value = offered.get(each.requirementId);
    return value === undefined || value === each.value ? each : { ...each, value, updatedAt: nowMs };
  });
  return ok(merged.every((each, index) => each === group.values[index]) ? group.values : merged);
}

/** Decides to hand a group to a reviewer. */
export function decideSubmit(group: RequirementGroup, nowMs: number): Result<RequirementGroup, RequestRefusal> {
  const state = groupStateAt(group, nowMs);
  if (state === 'in_review' || state === 'approved') {
    return err({ kind: 'wrong_state', detail: `The requirement group is ${state === 'approved' ? 'approved' : 'under review'} already.` });
  }
  if (!isFulfilled(group)) return err({ kind: 'wrong_state', detail: 'Give a value for every requirement first.' });
  return ok({ ...group, state: 'in_review', expiresAt: null, version: group.version + 1, updatedAt: nowMs });
}

/** Decides the review of a group; an approval lasts `validMs`. */
export function decideGroupReview(
  group: RequirementGroup,
  verdict: 'approved' | 'declined',
  validMs: number,
  nowMs: number,
): Result<RequirementGroup, RequestRefusal> {
  if (group.state !== 'in_review') return err({ kind: 'wrong_state', detail: 'The requirement group does not wait for a review.' });
  const expiresAt = verdict === 'approved' ? nowMs + validMs : null;
  return ok({ ...group, state: verdict, expiresAt, version: group.version + 1, updatedAt: nowMs });
}

/** Why a group cannot serve numbers of this country and type; null when it can. */
export function refuseUse(
  group: RequirementGroup,
  number: { readonly country: string; readonly type: NumberType },
  nowMs: number,
): string | null {
  if (group.country !== number.country || group.numberType !== number.type)
    return `The requirement group is for ${group.country} ${group.numberType} numbers.`;
  const state = groupStateAt(group, nowMs);
  return state === 'declined' || state === 'expired' ? `The requirement group is ${state}.` : null;
}

/** Requirements with the values of a group: what an approved group says needs no further review; approved values stay as they are. */
export function withGroupValues(
  requirements: readonly RequirementValue[],
  group: RequirementGroup,
  nowMs: number,
): readonly RequirementValue[] {
  const approved = groupStateAt(group, nowMs) === 'approved';
  const given = new Map(group.values.map(({ requirementId, value }) => [requirementId, value]));
  const merged = requirements.map((each): RequirementValue => {
    const value = given.get(each.requirementId) ?? null;
    if (value === null || each.status === 'approved') return each;
    const status = approved || hasRules(each.acceptance) ? 'approved' : 'provided';
    return each.value === value && each.status === status ? each : { ...each, value, status };
  });
  return merged.every((each, index) => each === requirements[index]) ? requirements : merged;
}
