import { describe, expect, it } from 'vitest';
import {
  boundCallerText,
  type Called,
  type DialContext,
  normaliseCalledInbound,
  normaliseCalledOutbound,
  normaliseCaller,
} from '../../src/domain/dial-string.ts';

const none: DialContext = { numberFormat: null, country: null, defaultCountry: null };
const at = (country: string, more: Partial<DialContext> = {}): DialContext => ({ ...none, country, ...more });
const byDefault = (defaultCountry: string): DialContext => ({ ...none, defaultCountry });
const nat = (country: string): DialContext => ({ ...none, country, numberFormat: 'national' });
const plain: DialContext = { ...none, numberFormat: 'e164' };
const tech = (techPrefix: string): DialContext => ({ ...none, techPrefix });

function shown(called: Called): string {
  if (called.kind === 'e164') return called.e164;
  if (called.kind === 'short') return `${called.service} ${called.digits}`;
  return called.kind === 'user' ? `user ${called.user}` : 'invalid';
}

const GB = '+442071838750';
// what was dialled, how the sender writes numbers, what it means
const ROWS: readonly (readonly [string, DialContext, string])[] = [
  // E.164 with or without plus
  ['+442071838750', none, GB],
  ['442071838750', none, GB],
  ['%2B442071838750', none, GB],
  ['%2b442071838750', none, GB],
  ['+44-20-7183-8750', none, GB],
  ['+44.20.7183.8750', none, GB],
  ['+44 20 7183 8750', none, GB],
  ['+44%2020%207183%208750', none, GB],
  ['+44(20)71838750', none, GB],
  ['(+44)2071838750', none, GB],
  ['tel:+442071838750', none, GB],
  ['TEL:+44-20-7183-8750', none, GB],
  ['tel:442071838750', none, GB],
  ['442071838750', plain, GB],
  ['+442071838750', plain, GB],
  ['442071838750', { ...none, numberFormat: 'e164_plus' }, GB],
  // user parameters
  ['+442071838750;npdi', none, GB],
  ['+442071838750;npdi;rn=+441234567890', none, GB],
  ['+442071838750;rn=+441234567890;npdi', none, GB],
  ['+442071838750;user=phone', none, GB],
  ['+442071838750;isub=12', none, GB],
  ['+442071838750;phone-context=+1', none, GB],
  ['2071838750;phone-context=+44', none, GB],
  ['02071838750;phone-context=+44', none, GB],
  ['2071838750;phone-context=%2B44', none, GB],
  ['71838750;phone-context=+4420', none, GB],
  ['02071838750;phone-context=example.com', at('GB'), GB],
  ['02071838750;phone-context=example.com', none, 'invalid'],
  ['2071838750;PHONE-CONTEXT=+44', none, GB],
  // international prefixes
  ['00442071838750', none, GB],
  ['011442071838750', none, GB],
  ['00442071838750', at('DE'), GB],
  ['011442071838750', at('US'), GB],
  ['0011442071838750', at('AU'), GB],
  ['010442071838750', at('JP'), GB],
  ['810442071838750', at('RU'), GB],
  ['00442071838750', nat('GB'), GB],
  ['011442071838750', nat('US'), GB],
  ['00442071838750', at('US'), GB],
  ['01134960123', at('GB'), '+441134960123'],
  ['00012345678', none, 'invalid'],
  // national
  ['02071838750', at('GB'), GB],
  ['02071838750', byDefault('GB'), GB],
  ['02071838750', nat('GB'), GB],
  ['2071838750', nat('GB'), GB],
  ['020 7183 8750', at('gb'), GB],
  ['02071838750', at('GB', { defaultCountry: 'DE' }), GB],
  ['02071838750', none, 'invalid'],
  ['02071838750', at('XX'), 'invalid'],
  ['12025550123', none, '+12025550123'],
  ['12025550123', at('US'), '+12025550123'],
  ['12025550123', nat('US'), '+12025550123'],
  ['2025550123', at('US'), '+12025550123'],
  ['2125551234', at('US'), '+12125551234'],
  ['2025550123', none, '+2025550123'],
  ['612345678', at('ES'), '+34612345678'],
  ['34612345678', at('ES'), '+34612345678'],
  ['442071838750', at('US'), GB],
  ['442071838750', at('IT'), GB],
  ['(202) 555-0123', at('US'), '+12025550123'],
  ['0301234567', at('DE'), '+49301234567'],
  ['0612345678', at('FR'), '+33612345678'],
  ['612345678', nat('ES'), '+34612345678'],
  ['0612345678', at('IT'), '+390612345678'],
  ['06301234567', at('HU'), '+36301234567'],
  ['84951234567', nat('RU'), '+74951234567'],
  ['0412345678', at('AU'), '+61412345678'],
  ['0312345678', at('JP'), '+81312345678'],
  ['91234567', nat('SG'), '+6591234567'],
  // emergency and short codes
  ['112', none, 'emergency 112'],
  ['911', none, 'emergency 911'],
  ['999', none, 'emergency 999'],
  ['112', at('US'), 'emergency 112'],
  ['911', at('DE'), 'emergency 911'],
  ['999', at('GB'), 'emergency 999'],
  ['999', at('DE'), 'unlisted 999'],
  ['110', at('DE'), 'emergency 110'],
  ['110', at('GB'), 'unlisted 110'],
  ['000', at('AU'), 'emergency 000'],
  ['15', at('FR'), 'emergency 15'],
  ['112', nat('DE'), 'emergency 112'],
  ['1-1-2', at('DE'), 'emergency 112'],
  ['112;user=phone', at('DE'), 'emergency 112'],
  ['tel:112;phone-context=+49', at('DE'), 'emergency 112'],
  ['999', byDefault('GB'), 'emergency 999'],
  ['101', at('GB'), 'listed 101'],
  ['116117', at('DE'), 'listed 116117'],
  ['411', at('US'), 'listed 411'],
  ['1234', none, 'unlisted 1234'],
  ['*97', none, 'unlisted *97'],
  ['#31#', none, 'unlisted #31#'],
  ['%2331%23', none, 'unlisted #31#'],
  // SIP users
  ['alice', none, 'user alice'],
  ['alice.smith', none, 'user alice.smith'],
  ['trunk-1', none, 'user trunk-1'],
  ['sales+emea', none, 'user sales+emea'],
  ['a44', none, 'user a44'],
  // nothing anybody can dial
  ['', none, 'invalid'],
  [' ', none, 'invalid'],
  ['+', none, 'invalid'],
  ['1', none, 'invalid'],
  ['+112', none, 'invalid'],
  ['+0442071838750', none, 'invalid'],
  ['+1234567890123456', none, 'invalid'],
  ['1234567890123456', none, 'invalid'],
  ['001234567890123456', none, 'invalid'],
  ['+123456', none, 'invalid'],
  ['123456789012345', none, '+123456789012345'],
  ['023456789012345', none, 'invalid'],
  ['9'.repeat(257), none, 'invalid'],
  ['a'.repeat(65), none, 'invalid'],
  ['+44%207', none, 'invalid'],
  ['%', none, 'invalid'],
  ['%zz', none, 'invalid'],
  ['%00112', none, 'invalid'],
  ['112%0d%0aVia: x', none, 'invalid'],
  ['+44２０７１８３８７５０', none, 'invalid'],
  ['tel:alice', none, 'invalid'],
  ['alice;user=phone', none, 'invalid'],
  ['++442071838750', none, 'invalid'],
  // tech prefix
  ['1234#442071838750', tech('1234#'), GB],
  ['99442071838750', tech('99'), GB],
  ['442071838750', tech('99'), GB],
  ['99+442071838750', tech('99'), GB],
  ['99', tech('99'), 'invalid'],
];

describe('a called dial string means', () => {
  it.each(ROWS)('%j with %j → %s', (dialled, context, meaning) => {
    const called = normaliseCalledOutbound({ requestUser: dialled, requestUriParams: {}, toUser: '' }, context);
    expect(shown(called)).toBe(meaning);
    if (called.kind === 'invalid') expect(called.code).toBe('dial_string_invalid');
  });

  it('has at least eighty rows', () => expect(ROWS.length).toBeGreaterThanOrEqual(80));

  it('reads user=phone and phone-context from the URI too', () => {
    const parts = { requestUser: 'alice', requestUriParams: { user: 'phone' }, toUser: '' };
    expect(normaliseCalledOutbound(parts, none).kind).toBe('invalid');
    const local = { requestUser: '2071838750', requestUriParams: { 'phone-context': '+44' }, toUser: '' };
    expect(shown(normaliseCalledOutbound(local, none))).toBe(GB);
  });
});

describe('the called number of an inbound call', () => {
  it.each([
    ['+442071838750', '+15550100', GB],
    ['trunk-1', '+442071838750', GB],
    ['', '+442071838750', GB],
    ['1001', '+442071838750', GB],
    ['trunk-1', 'anonymous', 'user trunk-1'],
    ['1234567890123456', '+442071838750', 'invalid'],
    ['', '', 'invalid'],
  ])('R-URI %j and To %j → %s', (requestUser, toUser, meaning) => {
    expect(shown(normaliseCalledInbound({ requestUser, requestUriParams: {}, toUser }, none))).toBe(meaning);
  });
});

describe('a caller', () => {
  it.each([
    ['+442071838750', none, GB],
    ['442071838750', none, GB],
    ['02071838750', at('GB'), GB],
    ['anonymous', none, null],
    ['Anonymous', at('GB'), null],
    ['', none, null],
    ['112', none, null],
    ['+44;x', none, null],
  ] as const)('%j as identity is %s', (text, context, e164) => expect(normaliseCaller(text, context)).toBe(e164));

  it('is kept as text without what could end a header', () => {
    expect(boundCallerText('anonymous')).toBe('anonymous');
    expect(boundCallerText('a\r\nVia: b\u0000\u0085')).toBe('aVia: b');
    expect(boundCallerText('x'.repeat(500))).toHaveLength(64);
    expect(boundCallerText('\ud83d')).toBe('');
    expect(boundCallerText('Zoë 📞')).toBe('Zoë 📞');
  });
});
