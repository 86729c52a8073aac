import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMoney, compareMoney, decimalOf, exponentOf, money, parseDecimal } from '../../src/domain/money.ts';

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
  ])('%d %s is written %s', (amountMinor, currency, text) => {
    expect(decimalOf(money(amountMinor, currency))).toBe(text);
    expect(parseDecimal(text, currency)).toEqual(money(amountMinor, currency));
  });

  it.each([
    ['12.5', 'USD', 1250],
    ['12', 'USD', 1200],
    ['-0.00', 'USD', 0],
    ['007', 'USD', 700],
  ])('%s %s is read as %d', (text, currency, amountMinor) => expect(parseDecimal(text, currency)?.amountMinor).toBe(amountMinor));

  it.each([
    ['12.505', 'USD'],
    ['1.0', 'JPY'],
    ['1.0000', 'KWD'],
    ['', 'USD'],
    ['.5', 'USD'],
    ['5.', 'USD'],
    ['1,000', 'USD'],
    ['+1', 'USD'],
    ['1e3', 'USD'],
    [' 1', 'USD'],
    ['NaN', 'USD'],
    ['1', 'usd'],
    ['90071992547409.92', 'USD'],
    ['9'.repeat(21), 'USD'],
  ])('%j %s cannot be read', (text, currency) => expect(parseDecimal(text, currency)).toBeNull());

  it('knows the decimals of its currency', () => {
    expect(['USD', 'EUR', 'JPY', 'KRW', 'CLP', 'KWD', 'TND', 'XXX'].map(exponentOf)).toEqual([2, 2, 0, 0, 0, 3, 3, 2]);
  });

  it('is added and compared within a currency only', () => {
    expect(addMoney(money(1, 'USD'), money(2, 'USD'))).toEqual({ amountMinor: 3, currency: 'USD' });
    expect(compareMoney(money(1, 'USD'), money(2, 'USD'))).toBeLessThan(0);
    expect(compareMoney(money(2, 'USD'), money(2, 'USD'))).toBe(0);
    expect(() => addMoney(money(1, 'USD'), money(2, 'EUR'))).toThrow(RangeError);
    expect(() => compareMoney(money(1, 'USD'), money(2, 'EUR'))).toThrow(RangeError);
    expect(() => addMoney(money(Number.MAX_SAFE_INTEGER, 'USD'), money(1, 'USD'))).toThrow(RangeError);
    expect(() => money(0.5, 'USD')).toThrow(RangeError);
    expect(() => money(1, 'dollar')).toThrow(RangeError);
  });

  it('survives being written and read, whatever the amount', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('USD', 'JPY', 'KWD'), (amountMinor, currency) => {
        expect(parseDecimal(decimalOf(money(amountMinor, currency)), currency)).toEqual(money(amountMinor, currency));
      }),
    );
  });
});
