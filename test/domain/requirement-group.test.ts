import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressFields, addressProblems } from '../../src/domain/address.ts';
import { type DocumentFile, isKept, sniffContentType, UNLINKED_MS } from '../../src/domain/document.ts';
import type { Acceptance, RequirementValue } from '../../src/domain/requirement.ts';
import {
  decideGroupPatch,
  decideGroupReview,
  decideSubmit,
  type GroupState,
  groupStateAt,
  type RequirementGroup,
  refuseUse,
  withGroupValues,
} from '../../src/domain/requirement-group.ts';

const NO_RULES: Acceptance = { minLength: null, maxLength: null, acceptableValues: null, caseSensitive: true, pattern: null };
const DIGITS: Acceptance = { ...NO_RULES, pattern: '\\d{3}' };
const define = (requirementId: string, acceptance: Acceptance) =>
  ({ requirementId, name: requirementId, fieldType: 'textual', acceptance }) as const;
const NEW: RequirementGroup = {
  id: 'g',
  mode: 'live',
  holder: { ownerAccountId: 'a', subAccountId: null },
  country: 'DE',
  numberType: 'local',
  customerReference: null,
  state: 'unapproved',
  expiresAt: null,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
  values: [define('tax', DIGITS), define('name', NO_RULES)].map((each) => ({ ...each, value: null, updatedAt: 0 })),
};
const VALID_MS = 100;

type Step =
  | { readonly do: 'give'; readonly id: 'tax' | 'name' | 'none'; readonly value: string }
  | { readonly do: 'name'; readonly reference: string | null }
  | { readonly do: 'submit' | 'approve' | 'decline' }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('give' as const),
      id: fc.constantFrom('tax', 'name', 'none'),
      value: fc.constantFrom('123', '456', 'x'),
    }),
  },
  fc.record({ do: fc.constant('name' as const), reference: fc.constantFrom('r', null) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('submit' as const, 'approve' as const, 'decline' as const) }) },
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 60, 200) }),
);

/** Half of the histories begin where reviews do: chance alone seldom comes this far. */
const TO_REVIEW: readonly Step[] = [{ do: 'give', id: 'tax', value: '123' }, { do: 'give', id: 'name', value: 'x' }, { do: 'submit' }];

/** What a group is to somebody who only reads the rules. */
interface Model {
  state: GroupState;
  approvedAt: number;
  readonly values: Map<string, string>;
  reference: string | null;
}

/** Whether the step is taken, by the rules; moves the model when it is. */
function expectStep(model: Model, step: Exclude<Step, { do: 'wait' }>, nowMs: number): 'ok' | 'invalid' | 'wrong_state' {
  if (step.do === 'name') model.reference = step.reference;
  if (step.do === 'name') return 'ok';
  if (step.do === 'give') {
    if (step.id === 'none' || (step.id === 'tax' && step.value === 'x')) return 'invalid';
    if (model.values.get(step.id) === step.value) return 'ok';
    if (model.state === 'in_review') return 'wrong_state';
    model.values.set(step.id, step.value);
    model.state = 'unapproved';
    return 'ok';
  }
  if (step.do === 'submit') {
    if (model.state === 'in_review' || model.state === 'approved' || model.values.size < 2) return 'wrong_state';
    model.state = 'in_review';
    return 'ok';
  }
  if (model.state !== 'in_review') return 'wrong_state';
  model.state = step.do === 'approve' ? 'approved' : 'declined';
  model.approvedAt = nowMs;
  return 'ok';
}

function decide(group: RequirementGroup, step: Exclude<Step, { do: 'wait' }>, nowMs: number) {
  if (step.do === 'submit') return decideSubmit(group, nowMs);
  const references = new Set<string>();
  if (step.do === 'give') return decideGroupPatch(group, { values: [{ requirementId: step.id, value: step.value }], references }, nowMs);
  if (step.do === 'name') return decideGroupPatch(group, { customerReference: step.reference, references }, nowMs);
  return decideGroupReview(group, step.do === 'approve' ? 'approved' : 'declined', VALID_MS, nowMs);
}

describe('a requirement group', () => {
  it('random histories agree with a model of its states; every illegal step is refused and changes nothing', () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 25 }), (submitted, more) => {
        const steps = submitted ? [...TO_REVIEW, ...more] : more;
        let group = NEW;
        let nowMs = 1;
        const model: Model = { state: 'unapproved', approvedAt: 0, values: new Map(), reference: null };
        for (const each of steps) {
          if (each.do === 'wait') nowMs += each.ms;
          if (model.state === 'approved' && nowMs >= model.approvedAt + VALID_MS) model.state = 'expired';
          if (each.do !== 'wait') {
            const expected = expectStep(model, each, nowMs);
            const decided = decide(group, each, nowMs);
            expect(decided.ok ? 'ok' : decided.error.kind).toBe(expected);
            if (decided.ok) {
              expect(decided.value.version).toBe(decided.value === group ? group.version : group.version + 1);
              group = decided.value;
            }
          }
          expect(groupStateAt(group, nowMs)).toBe(model.state);
          expect(group.customerReference).toBe(model.reference);
          expect(group.expiresAt === null).toBe(group.state !== 'approved');
          expect(new Map(group.values.flatMap(({ requirementId, value }) => (value === null ? [] : [[requirementId, value]])))).toEqual(
            model.values,
          );
          reached.set(model.state, (reached.get(model.state) ?? 0) + 1);
        }
      }),
      { numRuns: 500 },
    );
    expect([...reached.keys()].toSorted()).toEqual(['approved', 'declined', 'expired', 'in_review', 'unapproved']);
  });

  const needed: readonly RequirementValue[] = [
    { ...define('tax', DIGITS), value: null, status: 'unset' },
    { ...define('name', NO_RULES), value: 'Ann', status: 'rejected' },
    { ...define('more', NO_RULES), value: null, status: 'unset' },
  ];
  const filled = { ...NEW, values: NEW.values.map((each) => ({ ...each, value: each.requirementId === 'tax' ? '123' : 'Bob' })) };
  const statuses = (group: RequirementGroup, nowMs: number) => withGroupValues(needed, group, nowMs).map(({ status }) => status);

  it('gives an order its values: approved ones as approved, others to be judged as if the customer had given them', () => {
    expect(statuses(filled, 1)).toEqual(['approved', 'provided', 'unset']);
    expect(statuses({ ...filled, state: 'approved', expiresAt: 10 }, 9)).toEqual(['approved', 'approved', 'unset']);
    expect(statuses({ ...filled, state: 'approved', expiresAt: 10 }, 10)).toEqual(['approved', 'provided', 'unset']);
    expect(withGroupValues(needed, NEW, 1)).toBe(needed);
    const done: readonly RequirementValue[] = [{ ...define('name', NO_RULES), value: 'Ann', status: 'approved' }];
    expect(withGroupValues(done, filled, 1)).toBe(done);
  });

  it.each([
    [{}, 'DE', 'local', null],
    [{ state: 'in_review' }, 'DE', 'local', null],
    [{ state: 'approved', expiresAt: 6 }, 'DE', 'local', null],
    [{ state: 'approved', expiresAt: 5 }, 'DE', 'local', 'The requirement group is expired.'],
    [{ state: 'declined' }, 'DE', 'local', 'The requirement group is declined.'],
    [{}, 'FR', 'local', 'The requirement group is for DE local numbers.'],
    [{}, 'DE', 'mobile', 'The requirement group is for DE local numbers.'],
  ] as const)('%j for %s %s: %s', (changes, country, type, refused) => {
    expect(refuseUse({ ...filled, ...changes }, { country, type }, 5)).toBe(refused);
  });
});

describe('an address', () => {
  const problems = (country: string, postalCode: string | null, administrativeArea: string | null = null) =>
    addressProblems({ country, postalCode, administrativeArea } satisfies Partial<AddressFields>).map(({ field, problem }) => [
      field,
      problem,
    ]);

  it.each([
    ['DE', '10115', null, []],
    ['DE', '1011', null, [['postalCode', 'invalid']]],
    ['DE', ' ', null, [['postalCode', 'missing']]],
    ['GB', 'sw1a 1aa', null, []],
    ['NL', '1012 JS', null, []],
    ['US', '78701-1234', 'TX', []],
    ['US', '78701', ' ', [['administrativeArea', 'missing']]],
    ['CA', 'K1A 0B1', 'ON', []],
    // Without a form that is known anything goes.
    ['KE', null, null, []],
  ])('in %s with %j and %j lacks %j', (country, code, area, found) => {
    expect(problems(country, code, area)).toEqual(found);
  });
});

describe('a document', () => {
  it.each([
    ['%PDF-1.4', 'application/pdf'],
    ['\u0089PNG\r\n\u001a\n', 'image/png'],
    ['\u00ff\u00d8\u00ff\u00e0', 'image/jpeg'],
    ['II*\0', 'image/tiff'],
    ['MM\0*', 'image/tiff'],
    ['%PDF', null],
    [' %PDF-1.4', null],
    ['<html>', null],
    ['', null],
  ])('that begins with %j is %s', (text, type) => {
    expect(sniffContentType(Buffer.from(text, 'latin1'))).toBe(type);
  });

  it('is there for half an hour, and for good once a value named it', () => {
    const file = { linkedAt: null, createdAt: 1000 } as DocumentFile;
    expect(isKept(file, 1000 + UNLINKED_MS - 1)).toBe(true);
    expect(isKept(file, 1000 + UNLINKED_MS)).toBe(false);
    expect(isKept({ ...file, linkedAt: 1500 }, Number.MAX_SAFE_INTEGER)).toBe(true);
  });
});
