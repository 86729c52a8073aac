import { createHash } from 'node:crypto';

/** SHA-256 of what a request asks for: equal for JSON that differs only in spaces and the order of names. */
export const fingerprintOf = (asked: readonly unknown[]): Buffer => createHash('sha256').update(canonicalJson(asked)).digest();

/** JSON with names in order (as RFC 8785 §3.2.3). Recursive: the caller bounds the depth. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`);
  return `{${members.join(',')}}`;
}
