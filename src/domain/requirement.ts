import { err, ok, type Result } from '../kit/result.ts';
import type { NumberType } from './number.ts';
import type { InvalidField } from './request-refusal.ts';
import { matchesPattern, parsePattern } from './safe-pattern.ts';

export const FIELD_TYPES = ['textual', 'datetime', 'address', 'document'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** What a value must look like; null where there is no such rule. */
export interface Acceptance {
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly acceptableValues: readonly string[] | null;
  /** How `acceptableValues` are compared. */
  readonly caseSensitive: boolean;
  /** In the syntax of `safe-pattern.ts`; the whole value must match. */
  readonly pattern: string | null;
}

/** What a number needs to know of its holder, as it is copied into orders. */
export interface RequirementDefinition {
  readonly requirementId: string;
  readonly name: string;
  readonly fieldType: FieldType;
  readonly acceptance: Acceptance;
}

/** A row of the catalogue. */
export interface Requirement {
  readonly id: string;
  readonly country: string;
  readonly numberType: NumberType;
  readonly name: string;
  /** For people; null where nobody wrote one. */
  readonly description: string | null;
  readonly example: string | null;
  readonly fieldType: FieldType;
  readonly acceptance: Acceptance;
  readonly createdAt: number;
}

/** A requirement of one ordered number with what was given for it; `value` is null exactly while `unset`. */
export interface RequirementValue extends RequirementDefinition {
  readonly value: string | null;
  readonly status: 'unset' | 'provided' | 'approved' | 'rejected';
}

/** All requirements of a country and type, as clients look them up. */
export interface RequirementSet {
  readonly id: string;
  readonly country: string;
  readonly numberType: NumberType;
  /** Raised with each requirement that is added. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Oldest first. */
  readonly requirements: readonly Requirement[];
}

/** Addresses and documents that values may name because the holder has them, by `referenceOf`. */
export type References = ReadonlySet<string>;

/** The name of an address or document among references. */
export const referenceOf = (fieldType: 'address' | 'document', id: string): string => `${fieldType}:${id}`;

const NO_REFERENCES: References = new Set();

/** Why a value cannot be taken. */
export type BadValue = Pick<InvalidField, 'problem' | 'message'>;

/** True when an acceptance rule says anything: only then a machine can approve a value. */
export const hasRules = ({ minLength, maxLength, acceptableValues, pattern }: Acceptance): boolean =>
  minLength !== null || maxLength !== null || acceptableValues !== null || pattern !== null;

/** Judges a value: one that meets the catalogue's rules is approved at once; without rules it waits for a reviewer. */
export function judgeValue(
  { fieldType, acceptance }: RequirementDefinition,
  value: string,
  references: References = NO_REFERENCES,
): Result<'provided' | 'approved', BadValue> {
  if (fieldType === 'address' || fieldType === 'document') {
    // What the holder does not have does not exist (decision B26).
    if (references.has(referenceOf(fieldType, value))) return ok('provided');
    return err({ problem: 'not_found', message: `You have no ${fieldType} with this id.` });
  }
  if (fieldType === 'datetime' && !isTime(value)) return err({ problem: 'invalid', message: 'Must be an RFC 3339 date and time.' });
  const broken = brokenRule(acceptance, value);
  if (broken !== null) return err({ problem: 'invalid', message: broken });
  return ok(hasRules(acceptance) ? 'approved' : 'provided');
}

function brokenRule({ minLength, maxLength, acceptableValues, caseSensitive, pattern }: Acceptance, value: string): string | null {
  if (minLength !== null && value.length < minLength) return `Must have at least ${minLength} characters.`;
  if (maxLength !== null && value.length > maxLength) return `May have at most ${maxLength} characters.`;
  const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase());
  if (acceptableValues !== null && !acceptableValues.some((one) => fold(one) === fold(value)))
    return 'Is not one of the acceptable values.';
  if (pattern !== null && !matchesPattern(parsePattern(pattern), value)) return 'Does not have the required form.';
  return null;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;
const isTime = (text: string): boolean => TIME.test(text) && Number.isFinite(Date.parse(text));

/** The catalogue's requirements as an order copies them, nothing given yet (decision B27). */
export const snapshotOf = (catalogue: readonly Requirement[], country: string, numberType: NumberType): readonly RequirementValue[] =>
  catalogue
    .filter((each) => each.country === country && each.numberType === numberType)
    .map(({ id, name, fieldType, acceptance }) => ({ requirementId: id, name, fieldType, acceptance, value: null, status: 'unset' }));
