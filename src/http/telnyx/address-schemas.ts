import { z } from 'zod';
import type { Address } from '../../domain/address.ts';
import { countryField, textField, timeText } from '../wire-fields.ts';

const TEXT_MAX = 255;

/** The vendor's names of what may be wrong in an address. */
export const ADDRESS_NAMES = { postalCode: 'postal_code', administrativeArea: 'administrative_area' } as const;

const text = () => textField(TEXT_MAX, 0).nullable().optional();
const needed = () => textField(TEXT_MAX);

/** `POST /addresses`: its people or its business must have a name; the vendor's schema asks for all three, which may be empty. */
export const createAddressBody = z
  .object({
    first_name: text(),
    last_name: text(),
    business_name: text(),
    phone_number: text(),
    street_address: needed(),
    extended_address: text(),
    locality: needed(),
    administrative_area: text(),
    neighborhood: text(),
    borough: text(),
    postal_code: text(),
    country_code: countryField(),
    customer_reference: text(),
    address_book: z.boolean().nullable().optional(),
    validate_address: z.boolean().nullable().optional().describe('False: take it as it is.'),
  })
  .check(({ value, issues }) => {
    const isNamed = (value.business_name ?? '') !== '' || ((value.first_name ?? '') !== '' && (value.last_name ?? '') !== '');
    if (isNamed) return;
    const message = 'Give a business_name, or first_name and last_name.';
    issues.push({ code: 'custom', path: ['business_name'], message, params: { problem: 'missing' }, input: value });
  })
  .transform((body) => ({
    fields: {
      firstName: body.first_name ?? '',
      lastName: body.last_name ?? '',
      businessName: body.business_name ?? '',
      phoneNumber: body.phone_number ?? null,
      streetAddress: body.street_address,
      extendedAddress: body.extended_address ?? null,
      locality: body.locality,
      administrativeArea: body.administrative_area ?? null,
      neighborhood: body.neighborhood ?? null,
      borough: body.borough ?? null,
      postalCode: body.postal_code ?? null,
      country: body.country_code,
      customerReference: body.customer_reference ?? null,
      addressBook: body.address_book ?? true,
    },
    validate: body.validate_address ?? true,
  }));

/** `POST /addresses/actions/validate`. */
export const validateAddressBody = z.object({
  country_code: countryField(),
  postal_code: needed(),
  street_address: needed(),
  extended_address: textField(TEXT_MAX, 0).optional(),
  locality: textField(TEXT_MAX, 0).optional(),
  administrative_area: textField(TEXT_MAX, 0).optional(),
});

/** The answer to it. */
export const validationSchema = z.object({
  record_type: z.literal('address_validation'),
  result: z.enum(['valid', 'invalid']),
  suggested: z.record(z.string(), z.unknown()),
  errors: z.array(z.object({ code: z.string(), title: z.string(), detail: z.string(), source: z.object({ pointer: z.string() }) })),
});

const nullable = () => z.string().nullable();

/** An address in an answer. */
export const addressSchema = z.object({
  id: z.string(),
  record_type: z.literal('address'),
  first_name: z.string(),
  last_name: z.string(),
  business_name: z.string(),
  phone_number: nullable(),
  street_address: z.string(),
  extended_address: nullable(),
  locality: z.string(),
  administrative_area: nullable(),
  neighborhood: nullable(),
  borough: nullable(),
  postal_code: nullable(),
  country_code: z.string(),
  customer_reference: nullable(),
  address_book: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const presentAddress = (address: Address) => ({
  id: address.extId,
  record_type: 'address',
  first_name: address.firstName,
  last_name: address.lastName,
  business_name: address.businessName,
  phone_number: address.phoneNumber,
  street_address: address.streetAddress,
  extended_address: address.extendedAddress,
  locality: address.locality,
  administrative_area: address.administrativeArea,
  neighborhood: address.neighborhood,
  borough: address.borough,
  postal_code: address.postalCode,
  country_code: address.country,
  customer_reference: address.customerReference,
  address_book: address.addressBook,
  created_at: timeText(address.createdAt),
  updated_at: timeText(address.createdAt),
});
