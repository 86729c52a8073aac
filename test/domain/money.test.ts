import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalOf, exponentOf, money } from '../../src/domain/money.ts';

describe('money', () => {
  it.each([
    [1250, 'USD', '12.50'],
    [5, 'EUR', '0.05'],
    [-5, 'EUR', '-0.05'],
    [0, 'USD', '0.00'],
    [-0, 'USD', '0.00'],
    [100, 'USD', '1.00'],
    [500, 'JPY', '500'],
    [-500, 'JPY', '-500'],
    [0, 'JPY', '0'],
    [1, 'KWD', '0.001'],
    [12345, 'BHD', '12.345'],
    [Number.MAX_SAFE_INTEGER, 'USD', '90071992547409.91'],
  ])('%d %s is written %s', (amountMinor, currency, text) => expect(decimalOf(money(amountMinor, currency))).toBe(text));

  it('knows the decimals of its currency', () => {
    expect(['USD', 'EUR', 'JPY', 'KRW', 'CLP', 'KWD', 'TND', 'XXX'].map(exponentOf)).toEqual([2, 2, 0, 0, 0, 3, 3, 2]);
  });

  it('is a safe integer of a currency', () => {
    expect(() => money(0.5, 'USD')).toThrow(RangeError);
    expect(() => money(Number.MAX_SAFE_INTEGER + 1, 'USD')).toThrow(RangeError);
    expect(() => money(1, 'dollar')).toThrow(RangeError);
  });

  it('is written without loss, whatever the amount', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('USD', 'JPY', 'KWD'), (amountMinor, currency) => {
        const text = decimalOf(money(amountMinor, currency));
        expect(Number(text.replace('.', ''))).toBe(amountMinor);
        expect(text.split('.')[1]?.length ?? 0).toBe(exponentOf(currency));
      }),
    );
  });
});
