import type { NumberType } from '../../domain/number.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { type Acceptance, type FieldType, hasRules, type Requirement } from '../../domain/requirement.ts';
import { parsePattern } from '../../domain/safe-pattern.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';

export interface AddRequirementInput {
  readonly country: string;
  readonly numberType: NumberType;
  readonly name: string;
  readonly description: string | null;
  readonly example: string | null;
  readonly fieldType: FieldType;
  readonly acceptance: Acceptance;
}

/** Adds a row to the catalogue; orders placed from now on need it, those placed before do not (decision B27). */
export async function addRequirement(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: AddRequirementInput,
): Promise<Result<Changed<Requirement>, RequestRefusal>> {
  const bad = checkAcceptance(input);
  if (bad !== null) return err(bad);
  return change(deps, actor, async (tx) => {
    const requirement: Requirement = { id: newId(), ...input, createdAt: deps.clock.now() };
    if (!(await tx.requirements.insert(requirement, newId()))) {
      return err({ kind: 'conflict', code: 'name_taken', detail: 'Numbers of this country and type have a requirement of this name.' });
    }
    const resource = `requirement:${requirement.id}`;
    await tx.audit({ action: 'requirement.create', resource, accountId: null, before: null, after: requirement });
    return ok(requirement);
  });
}

/** A rule that no value can meet, or that nothing applies, would only look like one (decision B33). */
function checkAcceptance({ fieldType, acceptance }: AddRequirementInput): RequestRefusal | null {
  const { minLength, maxLength, pattern } = acceptance;
  const isTextual = fieldType === 'textual' || fieldType === 'datetime';
  if (!isTextual && hasRules(acceptance)) {
    return invalidBody(['acceptance'], `Values of type ${fieldType} are ids: no rule applies to them.`, 'not_supported');
  }
  if (minLength !== null && maxLength !== null && minLength > maxLength) {
    return invalidBody(['acceptance', 'max_length'], 'Must not be less than min_length.');
  }
  if (pattern !== null && parsePattern(pattern) === null) {
    return invalidBody(
      ['acceptance', 'regex'],
      'Use literals, ., \\d \\w \\s, [sets] and the repeats ? * + {n,m}; no groups and no choices.',
    );
  }
  return null;
}
