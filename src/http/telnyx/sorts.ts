import { z } from 'zod';
import type { Sort } from '../../app/ports/regulation.ts';

const words = (value: string | readonly string[]): readonly string[] =>
  (typeof value === 'string' ? value.split(',') : value).map((word) => word.trim()).filter((word) => word !== '');

/** `sort=-created_at`: the vendor's words, with a minus for the last first, each by what it is called inside. */
const sortText = <K extends string>(keys: Readonly<Record<string, K>>) =>
  z
    .union([z.string(), z.array(z.string()).max(10)])
    .refine((value) => words(value).every((word) => Object.hasOwn(keys, word.replace(/^-/, ''))), {
      message: `Must be of ${Object.keys(keys).join(', ')}.`,
      params: { problem: 'not_listed' },
    })
    .transform((value) =>
      words(value).map((word): Sort<K> => ({ by: keys[word.replace(/^-/, '')] as K, descending: word.startsWith('-') })),
    )
    .optional()
    .meta({ type: 'string' });

/** The parameters of a list that is sorted: its client sends commas, the documents show `[]` (seed-apis A.0). */
export const sortFields = <K extends string>(keys: Readonly<Record<string, K>>) => ({ sort: sortText(keys), 'sort[]': sortText(keys) });

/** What the list is asked to be sorted by, first thing first. */
export const sortOf = <K extends string>(query: {
  readonly sort?: readonly Sort<K>[] | undefined;
  readonly 'sort[]'?: readonly Sort<K>[] | undefined;
}): readonly Sort<K>[] => query.sort ?? query['sort[]'] ?? [];
