import type { Actor } from '../../app/actor.ts';
import type { AuthDeps } from '../../app/auth/authenticate.ts';
import { authenticateAuthId } from '../../app/auth/authenticate-auth-id.ts';
import { WRONG_CREDENTIALS } from '../../app/auth/identity.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, type Result } from '../../kit/result.ts';
import type { RequestHead } from '../face.ts';

interface Presented {
  readonly authId: string | null;
  readonly secret: string;
}

/** Finds the caller of a Vobiz request: the X-Auth pair, else `Authorization` (decision B11). */
export async function authenticateVobiz(deps: AuthDeps, head: RequestHead): Promise<Result<Actor, RequestRefusal>> {
  const presented = xAuthPair(head) ?? inAuthorization(head);
  if (presented === null) return err(WRONG_CREDENTIALS);
  const mode = textOf(head, 'x-dialplane-mode') === 'test' ? 'test' : 'live';
  const pathAuthId = head.params.auth_id ?? '';
  return authenticateAuthId(deps, { ...presented, pathAuthId, mode, ip: head.ip, requestId: head.requestId });
}

function xAuthPair(head: RequestHead): Presented | null {
  const authId = textOf(head, 'x-auth-id');
  const secret = textOf(head, 'x-auth-token');
  return authId === null || secret === null ? null : { authId, secret };
}

/** HTTP Basic with auth id and token. An auth token as Bearer is wrong here, as it is at Vobiz; the platform key is not. */
function inAuthorization(head: RequestHead): Presented | null {
  const [, scheme = '', credentials = ''] = /^(Basic|Bearer) +(\S{1,1024})$/i.exec(textOf(head, 'authorization') ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { authId: null, secret: credentials };
  const [, authId, secret] = /^([^:]{1,64}):(.{1,512})$/.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? [];
  return authId === undefined || secret === undefined ? null : { authId, secret };
}

function textOf({ headers }: RequestHead, name: string): string | null {
  const value = headers[name];
  const text = (Array.isArray(value) ? value.join(',') : value)?.trim() ?? '';
  return text === '' ? null : text;
}
