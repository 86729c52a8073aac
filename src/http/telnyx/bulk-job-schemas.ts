import { z } from 'zod';
import { BULK_STATUSES } from '../../domain/bulk-job.ts';
import { textField } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { pageFields } from './page.ts';
import { numberFilters, updateNumberBody } from './phone-number-schemas.ts';
import { voiceFields } from './phone-number-voice-operations.ts';

const TYPES = ['update_emergency_settings', 'delete_phone_numbers', 'update_phone_numbers'] as const;
const FILTER_VALUES_MAX = 10;
/** More than any job may have: how many it may is said by the use case, in the vendor's words. */
const NAMES_MAX = 10_000;

const listOf = <T>(value: z.ZodType<T, string>) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => (typeof given === 'string' ? given.split(',') : given))
    .pipe(z.array(value).min(1).max(FILTER_VALUES_MAX));
const statusList = () => listOf(enumText(BULK_STATUSES)).optional();
// An unescaped plus sign arrives as a space (seed-apis E.1.1).
const numberList = () => listOf(textField(21).transform((text) => text.replace(/^ /, '+'))).optional();

/** `GET /phone_numbers/jobs`. */
export const listJobsQuery = listQuery({
  ...pageFields(),
  'filter[type]': enumText(TYPES).optional(),
  'filter[status]': statusList(),
  'filter[status][]': statusList(),
  'filter[phone_number]': numberList(),
  'filter[phone_number][]': numberList(),
  sort: enumText(['created_at', '-created_at']).optional(),
});

/** The numbers of `update_phone_numbers` where its body names none. */
export const bulkFilterQuery = listQuery(numberFilters());

const names = () => z.array(z.string().max(32)).max(NAMES_MAX).describe('All in +E.164, or all as ids.');

/** `POST /phone_numbers/jobs/update_phone_numbers`. */
export const updateBatchBody = z.object({
  ...updateNumberBody.shape,
  phone_numbers: names().optional(),
  voice: z.object(voiceFields).nullable().optional(),
});

/** `POST /phone_numbers/jobs/delete_phone_numbers`. */
export const deleteBatchBody = z.object({ phone_numbers: names() });

const jobFields = {
  id: z.string(),
  record_type: z.literal('phone_numbers_job'),
  type: z.enum(TYPES),
  status: z.enum(BULK_STATUSES),
  created_at: z.string(),
  updated_at: z.string(),
};
const numberFields = { id: z.string(), phone_number: z.string() };
const errorFields = { code: z.string(), title: z.string(), detail: z.string() };

/** A job in a list. */
export const jobSchema = z.object(jobFields);

/** A job with its numbers. */
export const wholeJobSchema = z.object({
  ...jobFields,
  phone_numbers: z.array(z.object(numberFields)),
  pending_operations: z.array(z.object(numberFields)),
  successful_operations: z.array(z.object(numberFields)),
  failed_operations: z.array(z.object({ ...numberFields, errors: z.array(z.object(errorFields)) })),
});
