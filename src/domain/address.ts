import type { Holder } from './account.ts';
import type { Mode } from './records.ts';
import { matchesPattern, parsePattern } from './safe-pattern.ts';

/** What is written on an envelope, and who to ask; empty texts are kept as they were given. */
export interface AddressFields {
  readonly firstName: string;
  readonly lastName: string;
  readonly businessName: string;
  readonly streetAddress: string;
  readonly extendedAddress: string | null;
  readonly locality: string;
  readonly administrativeArea: string | null;
  readonly neighborhood: string | null;
  readonly borough: string | null;
  readonly postalCode: string | null;
  readonly country: string;
  readonly phoneNumber: string | null;
  readonly customerReference: string | null;
  /** A label: shown in the vendor's portal, which there is none of (decision B33). */
  readonly addressBook: boolean;
}

/** A postal address of a holder; it never changes, as approvals rest on it. */
export interface Address extends AddressFields {
  readonly id: string;
  /** Integer id that vendor clients know it by. */
  readonly extId: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly createdAt: number;
}

/** A part of an address that cannot be right. */
export interface AddressProblem {
  readonly field: 'postalCode' | 'administrativeArea';
  readonly problem: 'missing' | 'invalid';
  readonly message: string;
}

/** Postal codes with spaces and dashes taken out, where their form is fixed. */
const POSTAL_CODES: Readonly<Record<string, string>> = {
  AT: '\\d{4}',
  AU: '\\d{4}',
  BE: '\\d{4}',
  BR: '\\d{8}',
  CA: '[A-Z]\\d[A-Z]\\d[A-Z]\\d',
  CH: '\\d{4}',
  CZ: '\\d{5}',
  DE: '\\d{5}',
  DK: '\\d{4}',
  ES: '\\d{5}',
  FI: '\\d{5}',
  FR: '\\d{5}',
  GB: '[A-Z][A-Z0-9]{1,3}\\d[A-Z]{2}',
  IN: '[1-9]\\d{5}',
  IT: '\\d{5}',
  MX: '\\d{5}',
  NL: '[1-9]\\d{3}[A-Z]{2}',
  NO: '\\d{4}',
  PL: '\\d{5}',
  PT: '\\d{7}',
  SE: '\\d{5}',
  US: '\\d{5}\\d*',
};

/** Countries that are delivered to by state. */
const STATES = ['US', 'CA', 'AU'];

/** Judges what can be judged without a register of streets: the form of the postal code, and that a state is there. */
export function addressProblems(address: Pick<AddressFields, 'country' | 'postalCode' | 'administrativeArea'>): readonly AddressProblem[] {
  const { country, postalCode, administrativeArea } = address;
  const form = POSTAL_CODES[country];
  const problems: AddressProblem[] = [];
  const code = postalCode?.replaceAll(/[\s-]/g, '').toUpperCase() ?? '';
  if (form !== undefined && code === '') {
    problems.push({ field: 'postalCode', problem: 'missing', message: `Addresses in ${country} have a postal code.` });
  } else if (form !== undefined && !matchesPattern(parsePattern(form), code)) {
    problems.push({ field: 'postalCode', problem: 'invalid', message: `Is not a postal code of ${country}.` });
  }
  if (STATES.includes(country) && (administrativeArea ?? '').trim() === '') {
    problems.push({ field: 'administrativeArea', problem: 'missing', message: `Addresses in ${country} have a state or province.` });
  }
  return problems;
}
