import type { RequestRefusal } from '../domain/request-refusal.ts';
import { err, ok, type Result } from '../kit/result.ts';

/** Query parameters by name; a repeated one is a list. No prototype, so that `?constructor=` is a name like any other. */
export type Query = Record<string, string | string[]>;

const PARAMETERS_MAX = 1000;
/** What browsers and marketing links add; never a reason to refuse (decision B31). */
const IGNORED = /^(_|utm_[a-z_]{1,32})$/;

/** Reads the query of a request target. `a[b]=1` is a parameter named `a[b]`: strict faces know no nested ones. */
export function readQuery(url: string): Result<Query, RequestRefusal> {
  const query: Query = Object.create(null);
  const mark = url.indexOf('?');
  if (mark < 0) return ok(query);
  let count = 0;
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
    count += 1;
    if (count > PARAMETERS_MAX) {
      return err({ kind: 'invalid', fields: [{ in: 'query', path: [], problem: 'out_of_range', message: 'Too many parameters.' }] });
    }
    if (IGNORED.test(name)) continue;
    const before = query[name];
    if (before === undefined) query[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else query[name] = [before, value];
  }
  return ok(query);
}
