import type { IncomingHttpHeaders } from 'node:http';
import type { Wait } from '../app/change.ts';
import type { RecordVersion } from '../domain/records.ts';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { err, ok, type Result } from '../kit/result.ts';
import type { Query } from './read-query.ts';

/**
 * The headers of every answer to a change (decision B17). `record` is the changed resource's own record at its version now, also
 * when the change was none; null for resources without a record.
 */
export const propagationHeaders = (propagation: 'applied' | 'pending', record: RecordVersion | null): Readonly<Record<string, string>> => ({
  ...(record === null ? {} : { 'Dialplane-Version': `${record.record}:${record.version}` }),
  'Dialplane-Propagation': propagation,
});

/** Reads how long to wait: `?wait=` where the face allows it (taken out of `query`), else `Prefer: wait=n` (RFC 7240 §4.3). */
export function readWait(allowed: 'query' | 'prefer', query: Query, headers: IncomingHttpHeaders): Result<Wait, RequestRefusal> {
  const asked = allowed === 'query' ? query.wait : undefined;
  if (asked === undefined) return ok(waitPreferred(headers));
  delete query.wait;
  if (asked === 'committed' || asked === 'applied' || asked === 'agents') return ok(asked);
  const message = 'Must be committed, applied or agents.';
  return err({ kind: 'invalid', fields: [{ in: 'query', path: ['wait'], problem: 'invalid', message }] });
}

/** Reads `?expectations=override` where the face is the platform's (taken out of `query`): the change may break what is expected. */
export function readOverride(allowed: 'query' | 'prefer', query: Query): Result<boolean, RequestRefusal> {
  const asked = allowed === 'query' ? query.expectations : undefined;
  if (asked === undefined) return ok(false);
  delete query.expectations;
  if (asked === 'override' || asked === 'keep') return ok(asked === 'override');
  return err({
    kind: 'invalid',
    fields: [{ in: 'query', path: ['expectations'], problem: 'invalid', message: 'Must be keep or override.' }],
  });
}

/** `wait=0` does not wait. An unreadable preference is as good as none (RFC 7240 §2). */
function waitPreferred(headers: IncomingHttpHeaders): Wait {
  const prefer = headers.prefer;
  const text = (Array.isArray(prefer) ? prefer.join(',') : prefer) ?? '';
  const wait = text
    .split(',')
    .map((preference) => /^\s*wait\s*=\s*"?([0-9]{1,6})"?\s*(?:;|$)/i.exec(preference)?.[1])
    .find((seconds) => seconds !== undefined);
  return wait !== undefined && Number(wait) === 0 ? 'committed' : 'applied';
}
