import { z } from 'zod';
import type { OffsetRequest } from '../../app/ports/store.ts';

const PAGE_SIZE_MAX = 250;
const PAGE_NUMBER_MAX = 1_000_000;

const pageText = (max: number, fallback: number) =>
  z
    .string()
    .refine((text) => /^[0-9]{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= max, {
      message: `Must be a whole number from 1 to ${max}.`,
      params: { problem: 'out_of_range' },
    })
    .transform(Number)
    .default(fallback)
    .meta({ type: 'integer', minimum: 1, maximum: max, default: fallback });

/** The page of a list: `page[number]` from 1, `page[size]` at most 250. */
export const pageFields = (sizeDefault = 20) => ({
  'page[number]': pageText(PAGE_NUMBER_MAX, 1),
  'page[size]': pageText(PAGE_SIZE_MAX, sizeDefault),
});

interface PageQuery {
  readonly 'page[number]': number;
  readonly 'page[size]': number;
}

/** The same as the store counts. */
export const offsetOf = (query: PageQuery): OffsetRequest => ({
  limit: query['page[size]'],
  offset: (query['page[number]'] - 1) * query['page[size]'],
});

/** `meta` of a list. */
export const metaOf = (query: PageQuery, total: number) => ({
  page_number: query['page[number]'],
  page_size: query['page[size]'],
  total_pages: Math.ceil(total / query['page[size]']),
  total_results: total,
});

/** The documented shape of a list. */
export const listSchema = (row: z.ZodType) =>
  z.object({
    data: z.array(row),
    meta: z.object({ page_number: z.int(), page_size: z.int(), total_pages: z.int(), total_results: z.int() }),
  });

/** The documented shape of one thing. */
export const oneSchema = (row: z.ZodType) => z.object({ data: row });
