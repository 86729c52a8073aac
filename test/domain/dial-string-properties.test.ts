import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDialled } from '../../src/domain/dial-plan.ts';
import { boundCallerText, normaliseCalledInbound, normaliseCalledOutbound } from '../../src/domain/dial-string.ts';
import { type E164, parseE164 } from '../../src/domain/e164.ts';

const none = { numberFormat: null, country: null, defaultCountry: null };

describe('for any input', () => {
  const countries = fc.constantFrom(null, 'GB', 'US', 'IT', 'RU', 'AU', 'JP', 'XX');
  const contexts = fc.record({
    numberFormat: fc.constantFrom(null, 'e164', 'e164_plus', 'national'),
    country: countries,
    defaultCountry: countries,
    techPrefix: fc.constantFrom(null, '', '99', '#'),
  });
  const texts = fc.oneof(
    fc.string({ maxLength: 400 }),
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.stringMatching(/^[+%0-9;=#*. ()-]{0,300}$/),
  );

  it('a dial string is read without throwing and an E.164 result is strict', () => {
    fc.assert(
      fc.property(texts, texts, contexts, (requestUser, toUser, context) => {
        const parts = { requestUser, requestUriParams: {}, toUser };
        for (const called of [normaliseCalledInbound(parts, context), normaliseCalledOutbound(parts, context)]) {
          if (called.kind === 'e164') expect(parseE164(called.e164)).toBe(called.e164);
          if (called.kind === 'short') expect(called.digits).toMatch(/^[0-9*#]{2,6}$/);
          if (called.kind === 'user') expect(called.user.length).toBeLessThanOrEqual(64);
        }
        expect(boundCallerText(requestUser).length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 2000 },
    );
  });

  it('E.164 stays itself whatever the context', () => {
    const e164s = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/);
    fc.assert(
      fc.property(e164s, contexts, (text, context) => {
        const called = normaliseCalledOutbound({ requestUser: text, requestUriParams: {}, toUser: '' }, { ...context, techPrefix: null });
        expect(called).toEqual({ kind: 'e164', e164: text });
      }),
    );
  });

  it('what a group is sent in its format is read back as the same number', () => {
    const numbers = fc.constantFrom('+442071838750', '+12025550123', '+390612345678', '+74951234567', '+61412345678', '+819012345678');
    fc.assert(
      fc.property(
        numbers,
        fc.constantFrom('e164', 'e164_plus', 'national'),
        fc.constantFrom('GB', 'US', 'IT', 'RU', 'AU', 'JP'),
        (e164, numberFormat, country) => {
          const written = formatDialled(e164 as E164, numberFormat, country);
          const called = normaliseCalledOutbound(
            { requestUser: written, requestUriParams: {}, toUser: '' },
            { numberFormat, country, defaultCountry: null },
          );
          expect(called, `${written} in ${country}`).toEqual({ kind: 'e164', e164 });
        },
      ),
    );
  });

  it('costs time in proportion to its length, and nothing beyond its bound', () => {
    const cost = (text: string) => {
      const from = performance.now();
      for (let i = 0; i < 200; i += 1) normaliseCalledOutbound({ requestUser: text, requestUriParams: {}, toUser: '' }, none);
      return performance.now() - from;
    };
    for (const seed of ['+', '%41', ';a=', '-.()', 'a', '1']) {
      cost(seed);
      const bounded = cost(seed.repeat(300).slice(0, 256));
      // A megabyte is turned away by its length alone; a quadratic reader would need minutes here.
      expect(cost(seed.repeat(350_000))).toBeLessThan(bounded * 20 + 50);
    }
  });
});
