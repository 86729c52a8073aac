import type { IncomingHttpHeaders } from 'node:http';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { err, ok, type Result } from '../kit/result.ts';

/** The strong entity tag of a row: its version. */
export const etagOf = (version: number): string => `"${version}"`;

/** No row has it: what an `If-Match` that names no version of ours compares as. */
const NO_VERSION = -1;

/** Reads `If-Match` (RFC 9110 §13.1.1): the one version asked for; null when absent or `*`. */
export function readIfMatch(headers: IncomingHttpHeaders): Result<number | null, RequestRefusal> {
  const text = headers['if-match']?.trim();
  if (text === undefined || text === '*') return ok(null);
  if (text.includes(',')) {
    return err({
      kind: 'invalid',
      fields: [{ in: 'header', path: ['If-Match'], problem: 'not_supported', message: 'Send one entity tag or *.' }],
    });
  }
  // Weak tags never match here (RFC 9110 §8.8.3.2).
  const version = /^"([0-9]{1,15})"$/.exec(text)?.[1];
  return ok(version === undefined ? NO_VERSION : Number(version));
}

/** True when the client already has this version (`If-None-Match`, RFC 9110 §13.1.2; weak comparison). */
export function isNotModified(headers: IncomingHttpHeaders, version: number): boolean {
  const text = headers['if-none-match'];
  if (text === undefined) return false;
  return text.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etagOf(version));
}
