import { z } from 'zod';
import type { CodecPolicy } from '../../domain/sdp-codecs.ts';

/** The vendor's words for codecs, in the order of its default, and what session descriptions call them (RFC 3551 §6). */
const WORDS = { G722: 'G722', G711U: 'PCMU', G711A: 'PCMA', G729: 'G729', OPUS: 'opus', 'H.264': 'H264' } as const;
type Word = keyof typeof WORDS;
const ALL = Object.keys(WORDS) as Word[];

/** The codecs of a connection; all of them, or null, leaves calls as the two ends agree. */
export const codecsField = () =>
  z
    .array(
      z.string().refine((text) => Object.hasOwn(WORDS, text), {
        message: `Must be one of ${ALL.join(', ')}.`,
        params: { problem: 'not_listed' },
      }),
    )
    .min(1)
    .max(ALL.length)
    .nullable()
    .optional()
    .describe('Codecs that calls to the connection may use, the first one preferred; all of them: as caller and connection agree.');

/** The core's word for them; null: no policy, undefined: as it is. */
export function codecPolicyOf(words: readonly string[] | null | undefined): CodecPolicy | null | undefined {
  if (words === undefined || words === null) return words;
  const isAll = ALL.every((word) => words.includes(word));
  return isAll ? null : { allow: [...new Set(words)].map((word) => WORDS[word as Word]), order: 'prefer' };
}

/** The vendor's words for a policy; codecs it has no word for are left out. */
export function codecWords(policy: CodecPolicy | undefined): readonly Word[] {
  if (policy === undefined) return ALL;
  const wordOf = (name: string): Word[] => ALL.filter((word) => WORDS[word].toLowerCase() === name.toLowerCase());
  return policy.allow.flatMap(wordOf);
}
