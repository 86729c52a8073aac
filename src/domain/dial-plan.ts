import { digitsOf, type E164, parseE164 } from './e164.ts';
import type { NumberFormat } from './records.ts';

/** How one country writes numbers: enough to turn what people dial into E.164, no more (ITU-T national dialling plans). */
export interface DialPlan {
  readonly country: string;
  readonly callingCode: string;
  /** National prefix that is dialled but is no part of the number; empty where there is none. */
  readonly trunkPrefix: string;
  readonly internationalPrefix: string;
  /** Digits of a national significant number: what is possible, never what is assigned. */
  readonly digitsMin: number;
  readonly digitsMax: number;
  readonly emergency: readonly string[];
  /** Other short codes with a meaning in the whole country. */
  readonly services: readonly string[];
}

// country, calling code, trunk prefix (- none), international prefix, digits min, max, emergency codes, service codes (- none)
const ROWS = `
AE 971 0 00 7 9 112,997,998,999 -
AR 54 0 00 10 11 100,101,107,112,911 -
AT 43 0 00 4 13 112,122,133,140,144 -
AU 61 0 0011 9 9 000,106,112 -
BD 880 0 00 8 10 999 -
BE 32 0 00 8 9 100,101,112 -
BG 359 0 00 7 9 112 -
BR 55 0 00 10 11 112,190,192,193,911 -
CA 1 1 011 10 10 112,911 211,311,411,511,611,711,811,988
CH 41 0 00 9 9 112,117,118,144 143,147
CL 56 - 00 9 9 112,131,132,133 -
CN 86 0 00 10 11 110,112,119,120,122 -
CO 57 - 00 8 10 112,123 -
CZ 420 - 00 9 9 112,150,155,156,158 -
DE 49 0 00 4 13 110,112 115,116116,116117
DK 45 - 00 8 8 112 114
EG 20 0 00 8 10 112,122,123,180 -
ES 34 - 00 9 9 061,062,080,085,088,091,092,112 010,012,016
FI 358 0 00 5 12 112 -
FR 33 0 00 9 9 112,114,15,17,18,191,196 115,119,116000,116117
GB 44 0 00 9 10 112,18000,999 101,105,111,116123
GR 30 - 00 10 10 100,108,112,166,199 -
HK 852 - 001 8 8 112,992,999 -
HU 36 06 00 8 9 104,105,107,112 -
ID 62 0 001 7 12 110,112,113,118,119 -
IE 353 0 00 7 9 112,999 -
IL 972 0 00 8 9 100,101,102,112 -
IN 91 0 00 10 10 100,101,102,108,112 -
IT 39 - 00 6 12 112,113,115,118 114
JP 81 0 010 9 10 110,118,119 -
KE 254 0 000 9 9 112,911,999 -
KR 82 0 001 8 10 112,119 -
LU 352 - 00 4 11 112,113 -
MA 212 0 00 9 9 112,15,19,190 -
MX 52 - 00 10 10 065,066,112,911 -
MY 60 0 00 8 10 112,999 -
NG 234 0 009 8 10 112,199,911 -
NL 31 0 00 9 9 112 113,144,116000,116123
NO 47 - 00 8 8 110,112,113 -
NZ 64 0 00 8 10 111,112 -
PE 51 0 00 8 9 105,106,112,116 -
PH 63 0 00 8 10 112,911 -
PK 92 0 00 9 10 112,115,15,16 -
PL 48 - 00 9 9 112,997,998,999 -
PT 351 - 00 9 9 112 -
RO 40 0 00 9 9 112 -
RU 7 8 810 10 10 01,02,03,101,102,103,112 -
SA 966 0 00 8 9 112,911,997,998,999 -
SE 46 0 00 7 9 112 11313,11414,1177
SG 65 - 001 8 8 112,995,999 -
SK 421 0 00 9 9 112,150,155,158 -
TH 66 0 001 8 9 112,191,1669,199 -
TR 90 0 00 10 10 110,112,155 -
TW 886 0 002 8 9 110,112,119 -
UA 380 0 00 9 9 101,102,103,112 -
US 1 1 011 10 10 112,911 211,311,411,511,611,711,811,988
VN 84 0 00 9 10 112,113,114,115 -
ZA 27 0 00 9 9 10111,10177,112 -
`;

const list = (text: string | undefined): readonly string[] => (text === undefined || text === '-' ? [] : text.split(','));

function readRow(line: string): DialPlan {
  const [country = '', callingCode = '', trunk = '-', internationalPrefix = '', min, max, emergency, services] = line.split(' ');
  return {
    country,
    callingCode,
    trunkPrefix: trunk === '-' ? '' : trunk,
    internationalPrefix,
    digitsMin: Number(min),
    digitsMax: Number(max),
    emergency: list(emergency),
    services: list(services),
  };
}

const PLANS: ReadonlyMap<string, DialPlan> = new Map(
  ROWS.trim()
    .split('\n')
    .map(readRow)
    .map((plan) => [plan.country, plan]),
);
const BY_CALLING_CODE: ReadonlyMap<string, DialPlan> = new Map([...PLANS.values()].map((plan) => [plan.callingCode, plan]));

/** The plan of an ISO 3166-1 alpha-2 country in either case; null where the table has none. */
export const dialPlanOf = (country: string | null): DialPlan | null =>
  country === null ? null : (PLANS.get(country.toUpperCase()) ?? null);

/** The plan whose calling code these international digits start with; null for codes outside the table. Calling codes are prefix-free. */
export function dialPlanOfDigits(digits: string): DialPlan | null {
  for (let length = 1; length <= 3; length += 1) {
    const plan = BY_CALLING_CODE.get(digits.slice(0, length));
    if (plan !== undefined) return plan;
  }
  return null;
}

// Without a country at hand these are what handsets themselves take for emergency calls (3GPP TS 22.101 §10.1).
const EMERGENCY_ANYWHERE: readonly string[] = ['112', '911', '999'];

/** What a short code means in a country: `emergency` is never blocked, `listed` has a meaning there, `unlisted` needs a route of its own. */
export function shortCodeService(digits: string, plan: DialPlan | null): 'emergency' | 'listed' | 'unlisted' {
  const emergency = plan?.emergency ?? EMERGENCY_ANYWHERE;
  // 112 and 911 are taken for emergency calls wherever the phone is, for travellers' sake.
  if (emergency.includes(digits) || digits === '112' || digits === '911') return 'emergency';
  return plan?.services.includes(digits) ? 'listed' : 'unlisted';
}

/** Writes a number the way a trunk group wants to see it; E.164 with `+` where the group says nothing. */
export function formatDialled(e164: E164, format: NumberFormat | null, country: string | null): string {
  if (format === 'e164') return digitsOf(e164);
  const plan = format === 'national' ? dialPlanOf(country) : null;
  if (plan === null || parseE164(e164) === null) return e164;
  const digits = digitsOf(e164);
  return digits.startsWith(plan.callingCode) ? plan.trunkPrefix + digits.slice(plan.callingCode.length) : plan.internationalPrefix + digits;
}
