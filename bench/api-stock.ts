import { Readable } from 'node:stream';

/** Where the stock of the bench is; each country has its own prefix, so that every search has its share of the numbers. */
const PLACES = [
  { country: 'GB', prefix: '+4420', region: 'London' },
  { country: 'DE', prefix: '+4930', region: 'Berlin' },
  { country: 'FR', prefix: '+3318', region: 'Paris' },
  { country: 'US', prefix: '+1212', region: 'New York' },
] as const;
const HEADER = 'e164,type,country,region,capabilities,setup_fee_minor,monthly_fee_minor,currency\r\n';
const ROWS_AT_ONCE = 500;

/** A spread order: neighbours in the file are not neighbours in the index, as in a carrier's list. */
const PRIME = 7_368_787;
const SPACE = 10_000_000;
const subscriberAt = (index: number): string => String((index * PRIME) % SPACE).padStart(7, '0');

const lineAt = (index: number): string => {
  const { country, prefix, region } = PLACES[index % PLACES.length] ?? PLACES[0];
  return `${prefix}${subscriberAt(index)},${index % 8 < 6 ? 'local' : 'national'},${country},${region},voice sms,100,100,USD\r\n`;
};

/** Rows `from` to `to` of the stock as CSV, made as they are read. */
export function stockCsv(from: number, to: number): Readable {
  function* chunks(): Generator<string> {
    yield HEADER;
    for (let at = from; at < to; at += ROWS_AT_ONCE) {
      yield Array.from({ length: Math.min(ROWS_AT_ONCE, to - at) }, (_, offset) => lineAt(at + offset)).join('');
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}
