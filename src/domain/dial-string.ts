import { type DialPlan, dialPlanOf, dialPlanOfDigits, shortCodeService } from './dial-plan.ts';
import { type DialText, readDialText } from './dial-text.ts';
import { type E164, E164_DIGITS_MAX, parseE164 } from './e164.ts';
import type { NumberFormat } from './records.ts';

/** What a dial string turned out to be (decision C15). `possible`, never `valid`, decides: whether it exists is for the records to say. */
export type Called =
  | { readonly kind: 'e164'; readonly e164: E164 }
  /** 2 to 6 digits: never blocked by ownership when `service` is `emergency` or `listed`. */
  | { readonly kind: 'short'; readonly digits: string; readonly service: 'emergency' | 'listed' | 'unlisted' }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'invalid'; readonly code: 'dial_string_invalid'; readonly why: string };

/** How the sender writes numbers; all null: E.164 with or without `+`, nothing else. */
export interface DialContext {
  readonly numberFormat: NumberFormat | null;
  /** Country of the trunk group or the account, ISO 3166-1 alpha-2. */
  readonly country: string | null;
  readonly defaultCountry: string | null;
  readonly techPrefix?: string | null;
}

/** How a trunk group writes numbers, or whoever comes through none; `country` is that of the account. */
export const dialContextOf = (
  group: Pick<DialContext, 'numberFormat' | 'country'> | null,
  { defaultCountry }: Pick<DialContext, 'defaultCountry'>,
  country: string | null = null,
): DialContext => ({ numberFormat: group?.numberFormat ?? null, country: group?.country ?? country, defaultCountry });

export interface CalledParts {
  readonly requestUser: string;
  readonly requestUriParams: Readonly<Record<string, string>>;
  readonly toUser: string;
}

const SHORT_MAX = 6;
export const CALLER_TEXT_MAX = 64;

const invalid = (why: string): Called => ({ kind: 'invalid', code: 'dial_string_invalid', why });

const planFor = (context: DialContext): DialPlan | null => dialPlanOf(context.country) ?? dialPlanOf(context.defaultCountry);

function national(digits: string, plan: DialPlan): E164 | null {
  const cut = plan.trunkPrefix !== '' && digits.startsWith(plan.trunkPrefix) ? digits.slice(plan.trunkPrefix.length) : null;
  for (const significant of cut === null ? [digits] : [cut, digits]) {
    const fits = significant.length >= plan.digitsMin && significant.length <= plan.digitsMax;
    if (fits) return parseE164(`+${plan.callingCode}${significant}`);
  }
  return null;
}

function international(digits: string, plan: DialPlan | null): E164 | null {
  // Without a country a number behind the usual prefixes must at least be possible: 0113… is Leeds for some and +3… for others.
  const prefixes = plan === null ? ['00', '011'] : [plan.internationalPrefix, '00'];
  for (const prefix of prefixes) {
    const rest = digits.startsWith(prefix) ? digits.slice(prefix.length) : '';
    const number = plan === null ? bare(rest) : parseE164(`+${rest}`);
    if (number !== null) return number;
  }
  return null;
}

/** Digits without plus as E.164, where a number of that length is possible behind that calling code. */
function bare(digits: string): E164 | null {
  const plan = dialPlanOfDigits(digits);
  const significant = plan === null ? 0 : digits.length - plan.callingCode.length;
  if (plan !== null && (significant < plan.digitsMin || significant > plan.digitsMax)) return null;
  return parseE164(`+${digits}`);
}

/** `phone-context=+44` makes a local number global (RFC 3966 §5.1.5); a domain there says nothing to us. */
function inContext(digits: string, context: string | undefined): E164 | null {
  const code = context?.startsWith('+') ? context.slice(1).replaceAll('-', '') : '';
  if (code === '' || code.length > E164_DIGITS_MAX) return null;
  const plan = dialPlanOfDigits(code);
  return (plan?.callingCode === code ? national(digits, plan) : null) ?? parseE164(`+${code}${digits}`);
}

/** Where people dial ten or so digits and nothing before them, that is what they mean: 2025550123 in the US is no number in Egypt. */
function nationalFirst(digits: string, context: DialContext): E164 | null {
  const plan = dialPlanOf(context.country);
  if (plan === null || plan.digitsMin !== plan.digitsMax || digits.length !== plan.digitsMax) return null;
  return plan.trunkPrefix === '' || plan.trunkPrefix === plan.callingCode ? parseE164(`+${plan.callingCode}${digits}`) : null;
}

function asE164(text: DialText, context: DialContext): E164 | null {
  const digits = text.digits ?? '';
  if (text.plus) return parseE164(`+${digits}`);
  const plan = planFor(context);
  const abroad = inContext(digits, text.params['phone-context']) ?? international(digits, plan);
  if (abroad !== null) return abroad;
  if (context.numberFormat === 'national' && plan !== null) return national(digits, plan) ?? bare(digits);
  return nationalFirst(digits, context) ?? bare(digits) ?? (plan === null ? null : national(digits, plan)) ?? parseE164(`+${digits}`);
}

function read(raw: string, parts: CalledParts, context: DialContext): Called {
  const text = readDialText(raw, parts.requestUriParams, context.techPrefix ?? null);
  if (text === null) return invalid('empty, too long or broken');
  if (text.digits === null) return text.phone ? invalid('letters in a telephone number') : { kind: 'user', user: text.user };
  const digits = text.digits;
  if (digits.length > E164_DIGITS_MAX + 5) return invalid('too many digits');
  if (!text.plus && digits.length >= 2 && digits.length <= SHORT_MAX) {
    return { kind: 'short', digits, service: shortCodeService(digits, planFor(context)) };
  }
  const e164 = asE164(text, context);
  return e164 === null ? invalid('not a possible number') : { kind: 'e164', e164 };
}

/** The number a carrier or peer calls: the R-URI user, or To where the R-URI names the trunk or the registered user (decision C15). */
export function normaliseCalledInbound(parts: CalledParts, context: DialContext): Called {
  const called = read(parts.requestUser, parts, context);
  if (called.kind === 'e164' || (called.kind === 'invalid' && parts.requestUser !== '')) return called;
  const to = read(parts.toUser, { ...parts, requestUriParams: {} }, context);
  return to.kind === 'e164' ? to : called;
}

/** What a customer dialled: E.164, a short code, a SIP user, or nothing we can dial (484). */
export const normaliseCalledOutbound = (parts: CalledParts, context: DialContext): Called => read(parts.requestUser, parts, context);

/** The identity a customer presents as E.164; null for anonymous, names and anything else that cannot be an own number. */
export function normaliseCaller(raw: string, context: DialContext): E164 | null {
  const text = readDialText(raw, {}, null);
  return text === null || text.digits === null ? null : asE164(text, context);
}

/** True where an identity is somebody's telephone number: no name, no extension, nothing broken or withheld. */
export function isTelephoneNumber(raw: string, context: DialContext): boolean {
  const text = readDialText(raw, {}, null);
  const isExtension = text?.plus === false && (text.digits?.length ?? 0) <= SHORT_MAX;
  return !isExtension && normaliseCaller(raw, context) !== null;
}

/** Caller text from outside as it may be stored and sent on: printable, at most 64 characters, never a reason to refuse. */
export function boundCallerText(raw: string): string {
  let out = '';
  for (const char of raw.slice(0, CALLER_TEXT_MAX)) {
    const code = char.codePointAt(0) ?? 0;
    // Control characters and line breaks would end a header; lone surrogates are no text.
    if (code >= 0x20 && !(code >= 0x7f && code <= 0x9f) && !(code >= 0xd800 && code <= 0xdfff)) out += char;
  }
  return out;
}
