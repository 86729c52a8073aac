import type { LocalRecords } from '../app/ports/routing.ts';
import type { KeyedTokenBuckets } from '../kit/keyed-token-buckets.ts';
import { type AuthenticateDeps, readCredentials } from './authenticate.ts';
import { sendChallenge } from './challenge.ts';
import type { ReceivedRequest } from './sip-stack.ts';

export interface RegisterDeps {
  readonly auth: AuthenticateDeps;
  readonly local: LocalRecords;
  readonly failures: KeyedTokenBuckets;
  readonly challenges: KeyedTokenBuckets;
}

/**
 * REGISTER: whoever cannot log in learns nothing, whoever can is told that there is no registrar yet (501, RFC 3261 §21.5.2).
 * Pretending would leave a phone that shows itself registered and never rings.
 */
export async function handleRegister(request: ReceivedRequest, deps: RegisterDeps): Promise<void> {
  const credentials = readCredentials(request, deps.auth);
  if (credentials === 'malformed') {
    request.reply(400);
    return;
  }
  if (credentials === null) {
    challenge(request, { stale: false, offer: deps.auth.digest }, deps);
    return;
  }
  if (!deps.failures.allows(request.sourceIp)) return tooMany(request);
  await deps.local.fill([credentials.credential]).catch(() => undefined);
  const record = deps.local.peek(credentials.credential)?.record;
  const usable = record?.kind === 'credential' && record.enabled ? record : null;
  const { result } = credentials.check(usable).fact;
  if (result === 'valid') {
    request.reply(501);
    return;
  }
  if (result === 'wrong') deps.failures.take(request.sourceIp);
  challenge(request, { stale: result === 'stale', offer: credentials.offer }, deps);
}

function challenge(request: ReceivedRequest, why: Parameters<typeof sendChallenge>[1], deps: RegisterDeps): void {
  if (deps.challenges.take(request.sourceIp)) sendChallenge(request, why, deps.auth);
  else tooMany(request);
}

/** Not silence: the SIP server would hold the request for half a minute, and enough of them keep out everybody's calls. */
const tooMany = (request: ReceivedRequest): void => request.reply(503, { headers: { 'Retry-After': '30' } });
