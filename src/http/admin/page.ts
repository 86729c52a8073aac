import { z } from 'zod';
import type { PageRequest } from '../../app/ports/store.ts';
import { isUuid } from '../../kit/ids.ts';
import { integerText } from '../wire-fields.ts';
import { isStorableTime } from './fields.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

const CURSOR = /^([0-9]{1,15}):([0-9a-f-]{36})$/;

/** A cursor says after which row to go on: creation time and id, opaque to clients. */
const decodeCursor = (text: string): PageRequest['after'] => {
  const match = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [, createdAt = '', id = ''] = match ?? [];
  const at = Number(createdAt);
  return match !== null && isUuid(id) && isStorableTime(at) ? { createdAt: at, id } : null;
};

/** `limit` (50, 1..500) and `after` of every list (decision B15). */
export const pageFields = {
  limit: integerText(1, LIMIT_MAX).default(LIMIT_DEFAULT),
  after: z
    .string()
    .max(100)
    .refine((text) => decodeCursor(text) !== null, 'Must be the `next` of a page before.')
    .optional(),
};

/** The query of a list without filters. */
export const pageQuery = z.object(pageFields);

/** One row more than asked for is read, to know whether there is a next page. */
export const pageOf = (query: { readonly limit: number; readonly after?: string | undefined }): PageRequest => ({
  limit: query.limit + 1,
  after: query.after === undefined ? null : decodeCursor(query.after),
});

/** `{data, next}` of rows read with `pageOf`. */
export function listBody<T, W>(
  rows: readonly T[],
  limit: number,
  key: (row: T) => { readonly createdAt: number; readonly id: string },
  present: (row: T) => W,
): { readonly data: readonly W[]; readonly next: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { data: page.map(present), next: null };
  const { createdAt, id } = key(last);
  return { data: page.map(present), next: Buffer.from(`${createdAt}:${id}`, 'latin1').toString('base64url') };
}

/** The schema of `{data, next}`. */
export const listSchema = (row: z.ZodType) => z.object({ data: z.array(row), next: z.string().nullable() });
