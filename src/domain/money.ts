/** An amount in the smallest unit of its currency; always an integer, so nothing is ever lost in rounding. */
export interface Money {
  readonly amountMinor: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

// ISO 4217 list one: every currency that has not two decimals.
const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
]);

/** Decimals of a currency's minor unit: 0, 2 or 3. */
export const exponentOf = (currency: string): number => EXPONENTS.get(currency) ?? 2;

/** True for three capital letters. */
export const isCurrency = (text: string): boolean => /^[A-Z]{3}$/.test(text);

/** Makes an amount; throws when it is no safe integer or the currency is none: both are faults of the caller. */
export function money(amountMinor: number, currency: string): Money {
  if (!Number.isSafeInteger(amountMinor)) throw new RangeError(`not an amount in minor units: ${amountMinor}`);
  if (!isCurrency(currency)) throw new RangeError('not a currency code');
  // -0 is no amount of its own.
  return { amountMinor: amountMinor + 0, currency };
}

/** The amount as a decimal text with the currency's decimals and no grouping: `12.50`, `-0.05`, `500` (JPY). */
export function decimalOf({ amountMinor, currency }: Money): string {
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, '0');
  const sign = amountMinor < 0 ? '-' : '';
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
