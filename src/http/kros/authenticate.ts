import type { Actor } from '../../app/actor.ts';
import { type AuthDeps, authenticate, type Presented } from '../../app/auth/authenticate.ts';
import { WRONG_CREDENTIALS } from '../../app/auth/identity.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { RequestHead } from '../face.ts';

/** Finds the caller of a Kros request: `x-api-key`, or `Authorization` with or without `Bearer ` (decision B11). */
export async function authenticateKros(deps: AuthDeps, head: RequestHead): Promise<Result<Actor, RequestRefusal>> {
  const presented = presentedIn(head);
  if (presented === null) return err(WRONG_CREDENTIALS);
  const mode = modeIn(head);
  if (!mode.ok) return mode;
  const accountId = textOf(head, 'x-organization-id');
  return authenticate(deps, { presented, accountId, mode: mode.value, ip: head.ip, requestId: head.requestId });
}

function presentedIn(head: RequestHead): Presented | null {
  const apiKey = textOf(head, 'x-api-key');
  const authorization = textOf(head, 'authorization')?.replace(/^Bearer +/i, '') ?? null;
  // Both and different: whoever sent this does not know who they are.
  if (apiKey !== null && authorization !== null && apiKey !== authorization) return null;
  const secret = apiKey ?? authorization;
  if (secret === null) return null;
  if (secret.startsWith('kros_')) return { kind: 'key', secret };
  return secret.split('.').length === 3 ? { kind: 'session', token: secret } : { kind: 'platform', secret };
}

/** Sessions are live unless they ask for test (decision B12). */
function modeIn(head: RequestHead): Result<Mode, RequestRefusal> {
  const mode = textOf(head, 'x-dialplane-mode') ?? 'live';
  if (mode === 'live' || mode === 'test') return ok(mode);
  return err({
    kind: 'invalid',
    fields: [{ in: 'header', path: ['x-dialplane-mode'], problem: 'invalid', message: 'Must be live or test.' }],
  });
}

function textOf({ headers }: RequestHead, name: string): string | null {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(',') : value;
  return text === undefined || text.trim() === '' ? null : text.trim();
}
