import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusOfParts } from '../../src/domain/order.ts';
import { type Acceptance, judgeValue, type RequirementDefinition } from '../../src/domain/requirement.ts';
import { matchesPattern, parsePattern } from '../../src/domain/safe-pattern.ts';

const NO_RULES: Acceptance = { minLength: null, maxLength: null, acceptableValues: null, caseSensitive: true, pattern: null };
const definition = (acceptance: Partial<Acceptance>, fieldType: RequirementDefinition['fieldType'] = 'textual'): RequirementDefinition => ({
  requirementId: 'r',
  name: 'R',
  fieldType,
  acceptance: { ...NO_RULES, ...acceptance },
});
const judge = (acceptance: Partial<Acceptance>, value: string, fieldType?: RequirementDefinition['fieldType']) => {
  const judged = judgeValue(definition(acceptance, fieldType), value);
  return judged.ok ? judged.value : judged.error.problem;
};

describe('a value', () => {
  it.each([
    [{}, 'anything', 'provided'],
    [{ minLength: 3 }, 'ab', 'invalid'],
    [{ minLength: 3 }, 'abc', 'approved'],
    [{ maxLength: 3 }, 'abcd', 'invalid'],
    [{ acceptableValues: ['Yes', 'No'] }, 'yes', 'invalid'],
    [{ acceptableValues: ['Yes', 'No'], caseSensitive: false }, 'yes', 'approved'],
    [{ pattern: '[A-Z]{2}\\d+' }, 'DE123', 'approved'],
    [{ pattern: '[A-Z]{2}\\d+' }, 'xDE123', 'invalid'],
  ] as const)('under %j, %s is %s', (acceptance, value, result) => {
    expect(judge(acceptance, value)).toBe(result);
  });

  it('of a time must be one, and of an address or document names nothing yet', () => {
    expect(judge({}, '2026-01-31T12:00:00Z', 'datetime')).toBe('provided');
    expect(judge({}, 'tomorrow', 'datetime')).toBe('invalid');
    expect(judge({}, 'x', 'address')).toBe('not_found');
    expect(judge({}, 'x', 'document')).toBe('not_found');
  });
});

describe('a pattern', () => {
  const atom = fc.constantFrom('a', 'b', '7', '\\d', '\\w', '\\s', '\\.', '\\+', '.', '[ab]', '[a-c7]', '[^a]', '[\\d-]', '[-b]');
  const repeat = fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,}', '{0,2}');
  const pattern = fc.array(fc.tuple(atom, repeat), { maxLength: 6 }).map((parts) => parts.map(([one, many]) => `${one}${many}`).join(''));
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '7', '.', '+', '-', ' ', '_'), { maxLength: 8 }).map((signs) => signs.join(''));

  it('matches exactly what the same regular expression matches', () => {
    let matched = 0;
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        const parsed = parsePattern(source);
        if (parsed === null) throw new Error(`no pattern: ${source}`);
        const expected = new RegExp(`^(?:${source})$`).test(value);
        if (expected) matched += 1;
        expect(matchesPattern(parsed, value)).toBe(expected);
        expect(matchesPattern(parsePattern(`^${source}$`), value)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    expect(matched).toBeGreaterThan(50);
  });

  it.each(['(a)', 'a|b', 'a{3,1}', 'a{', 'a**', '[b-a]', '[]', '[a', '\\b', '\\', '*', '+a', 'a{2000}', 'x'.repeat(201), 'a^b', '[[a]]'])(
    '%s is none',
    (source) => {
      expect(parsePattern(source)).toBeNull();
      expect(matchesPattern(parsePattern(source), 'a')).toBe(false);
    },
  );

  it('never takes long, whatever is matched', () => {
    const worst = parsePattern('a*'.repeat(99));
    const from = process.cpuUsage();
    expect(matchesPattern(worst, `${'a'.repeat(999)}b`)).toBe(false);
    expect(process.cpuUsage(from).user / 1e3).toBeLessThan(500);
  });
});

it.each([
  [['pending', 'success'], 'pending'],
  [['deleted', 'deleted'], 'deleted'],
  [['cancelled', 'cancelled'], 'cancelled'],
  [['failure', 'cancelled'], 'failure'],
  [['failure'], 'failure'],
  [['success', 'cancelled', 'failure', 'deleted'], 'success'],
  [['deleted', 'cancelled'], 'deleted'],
] as const)('parts that are %j make a whole that is %s', (parts, whole) => {
  expect(statusOfParts(parts)).toBe(whole);
});
