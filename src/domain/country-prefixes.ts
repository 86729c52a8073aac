import type { Destinations } from './destinations.ts';

// Calling code, then the countries behind it (ITU-T E.164). Where several share one and no prefix tells them apart they go together.
const CODES = `20 EG;211 SS;212 EH,MA;213 DZ;216 TN;218 LY;220 GM;221 SN;222 MR;223 ML;224 GN;225 CI;226 BF;227 NE;228 TG;229 BJ;230 MU;231 LR
232 SL;233 GH;234 NG;235 TD;236 CF;237 CM;238 CV;239 ST;240 GQ;241 GA;242 CG;243 CD;244 AO;245 GW;246 IO;247 AC;248 SC;249 SD;250 RW;251 ET
252 SO;253 DJ;254 KE;255 TZ;256 UG;257 BI;258 MZ;260 ZM;261 MG;262 RE,YT;263 ZW;264 NA;265 MW;266 LS;267 BW;268 SZ;269 KM;27 ZA;290 SH,TA
291 ER;297 AW;298 FO;299 GL;30 GR;31 NL;32 BE;33 FR;34 ES;350 GI;351 PT;352 LU;353 IE;354 IS;355 AL;356 MT;357 CY;358 AX,FI;359 BG;36 HU
370 LT;371 LV;372 EE;373 MD;374 AM;375 BY;376 AD;377 MC;378 SM;380 UA;381 RS;382 ME;383 XK;385 HR;386 SI;387 BA;389 MK;39 IT,VA;40 RO;41 CH
420 CZ;421 SK;423 LI;43 AT;44 GB,GG,IM,JE;45 DK;46 SE;47 NO,SJ;48 PL;49 DE;500 FK;501 BZ;502 GT;503 SV;504 HN;505 NI;506 CR;507 PA;508 PM
509 HT;51 PE;52 MX;53 CU;54 AR;55 BR;56 CL;57 CO;58 VE;590 BL,GP,MF;591 BO;592 GY;593 EC;594 GF;595 PY;596 MQ;597 SR;598 UY;599 BQ,CW;60 MY
61 AU,CC,CX;62 ID;63 PH;64 NZ;65 SG;66 TH;670 TL;672 NF;673 BN;674 NR;675 PG;676 TO;677 SB;678 VU;679 FJ;680 PW;681 WF;682 CK;683 NU;685 WS
686 KI;687 NC;688 TV;689 PF;690 TK;691 FM;692 MH;81 JP;82 KR;84 VN;850 KP;852 HK;853 MO;855 KH;856 LA;86 CN;880 BD;886 TW;90 TR;91 IN;92 PK
93 AF;94 LK;95 MM;960 MV;961 LB;962 JO;963 SY;964 IQ;965 KW;966 SA;967 YE;968 OM;970 PS;971 AE;972 IL;973 BH;974 QA;975 BT;976 MN;977 NP
98 IR;992 TJ;993 TM;994 AZ;995 GE;996 KG;998 UZ;1 US;7 RU`;

// Who shares a calling code with somebody larger and is told by what follows it (NANPA; Kazakhstan behind +7).
const AREAS = `CA 1 204,226,236,249,250,257,263,273,289,306,343,354,365,367,368,382,403,416,418,428,431,437,438,450,468,474,506,514,519,548,579,581,\
584,587,600,604,613,622,633,639,647,672,683,705,709,742,753,778,780,782,807,819,825,867,873,879,902,905,942
BS 1 242;BB 1 246;AI 1 264;AG 1 268;VG 1 284;VI 1 340;KY 1 345;BM 1 441;GD 1 473;TC 1 649;JM 1 658,876;MS 1 664;MP 1 670;GU 1 671;AS 1 684
SX 1 721;LC 1 758;DM 1 767;VC 1 784;PR 1 787,939;DO 1 809,829,849;TT 1 868;KN 1 869;KZ 7 6,7`;

const rows = (text: string): string[][] => text.split(/[;\n]/).map((row) => row.split(' '));

const WHOLE = new Map(
  rows(CODES).flatMap(([code = '', countries = '']) => countries.split(',').map((country) => [country, code] as const)),
);
const PARTS = new Map(
  rows(AREAS).map(([country = '', code = '', areas = '']) => [country, areas.split(',').map((area) => code + area)] as const),
);

/** True for a country whose numbers can be told by their prefixes: all of ISO 3166-1 that have numbers. */
export const hasPrefixes = (country: string): boolean => WHOLE.has(country) || PARTS.has(country);

/** The destinations that are these countries (ISO 3166-1 alpha-2, upper case); others have nothing to add. */
export function destinationsOf(countries: readonly string[]): Destinations {
  const wanted = new Set(countries);
  const allowed = countries.flatMap((country) => PARTS.get(country) ?? WHOLE.get(country) ?? []);
  // A part of a larger one's calling code that is not wanted itself is taken out again: longer prefixes win.
  const blocked = [...PARTS].flatMap(([country, prefixes]) =>
    wanted.has(country) ? [] : prefixes.filter((prefix) => allowed.includes(prefix.slice(0, 1))),
  );
  return { allowed: [...new Set(allowed)].toSorted(), ...(blocked.length === 0 ? {} : { blocked }) };
}

const COUNTRY_OF = new Map([
  ...[...WHOLE].toReversed().map(([country, code]) => [code, country] as const),
  ...[...PARTS].flatMap(([country, prefixes]) => prefixes.map((prefix) => [prefix, country] as const)),
]);

/** The country of a number by its first digits, the first of those that go together; null: of none, or too few digits. */
export function countryOfPrefix(digits: string): string | null {
  for (let length = Math.min(digits.length, 4); length > 0; length -= 1) {
    const country = COUNTRY_OF.get(digits.slice(0, length));
    if (country !== undefined) return country;
  }
  return null;
}
