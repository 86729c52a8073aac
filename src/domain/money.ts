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

function sameCurrency(a: Money, b: Money): void {
  // There is no exchange here: a mix is refused where it enters (decision B13), so this is a fault.
  if (a.currency !== b.currency) throw new RangeError(`${a.currency} and ${b.currency} do not mix`);
}

/** The sum; throws on different currencies or beyond safe integers. */
export function addMoney(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return money(a.amountMinor + b.amountMinor, a.currency);
}

/** Negative, zero or positive as a is less than, equal to or more than b; throws on different currencies. */
export function compareMoney(a: Money, b: Money): number {
  sameCurrency(a, b);
  return a.amountMinor - b.amountMinor;
}

/** The amount as a decimal text with the currency's decimals and no grouping: `12.50`, `-0.05`, `500` (JPY). */
export function decimalOf({ amountMinor, currency }: Money): string {
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, '0');
  const sign = amountMinor < 0 ? '-' : '';
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Reads a decimal text of at most the currency's decimals; null for anything else or beyond safe integers. */
export function parseDecimal(text: string, currency: string): Money | null {
  if (text.length > 20 || !isCurrency(currency)) return null;
  const match = /^(-?)(\d{1,16})(?:\.(\d{1,3}))?$/.exec(text);
  const exponent = exponentOf(currency);
  const fraction = match?.[3] ?? '';
  if (match === null || fraction.length > exponent) return null;
  const amountMinor = Number(`${match[1]}${match[2]}${fraction.padEnd(exponent, '0')}`);
  return Number.isSafeInteger(amountMinor) ? money(amountMinor, currency) : null;
}
