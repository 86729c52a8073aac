import type { z } from 'zod';
import type { InvalidField } from '../domain/request-refusal.ts';

const FIELDS_MAX = 20;
const NAME_MAX = 64;

/** Turns what a schema found into fields named as on the wire; at most 20, names cut to 64 characters. */
export function invalidFields(issues: readonly z.core.$ZodIssue[], where: InvalidField['in'], input: unknown): InvalidField[] {
  return issues.flatMap((issue) => fieldsOf(issue, where, input)).slice(0, FIELDS_MAX);
}

function fieldsOf(issue: z.core.$ZodIssue, where: InvalidField['in'], input: unknown): InvalidField[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : shorten(String(step))));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ in: where, path: [...path, shorten(key)], problem: 'unknown', message: `Unknown ${noun(where)}.` }));
  }
  const value = valueAt(input, issue.path);
  if (value === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
    return [{ in: where, path, problem: 'missing', message: path.length === 0 ? 'A JSON object is needed.' : 'Required.' }];
  }
  if (where === 'query' && Array.isArray(value)) return [{ in: where, path, problem: 'invalid', message: 'May be given only once.' }];
  return [{ in: where, path, problem: problemOf(issue), message: issue.message }];
}

function problemOf(issue: z.core.$ZodIssue): InvalidField['problem'] {
  if (issue.code === 'custom' && issue.params?.problem !== undefined) return issue.params.problem as InvalidField['problem'];
  if (issue.code === 'too_big' && issue.origin === 'string') return 'too_long';
  if (issue.code === 'too_big' || issue.code === 'too_small') return 'out_of_range';
  return 'invalid';
}

const noun = (where: InvalidField['in']): string => (where === 'body' ? 'field' : 'parameter');
const shorten = (name: string): string => (name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name);

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}
