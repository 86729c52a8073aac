import type { KeyedTokenBuckets } from '../kit/keyed-token-buckets.ts';
import type { ReceivedCredentials } from './authenticate.ts';
import type { BanGuard } from './ban-guard.ts';
import type { ReceivedRequest } from './sip-stack.ts';

/** Counts a wrong digest against whom its nonce was given to, and towards a ban where that is who sent it. */
export function countFailure(
  request: ReceivedRequest,
  credentials: Pick<ReceivedCredentials, 'holder' | 'proven'> | null,
  deps: { readonly failures: KeyedTokenBuckets; readonly bans: Pick<BanGuard, 'failed'> },
): void {
  if (credentials === null || credentials.holder === null) return;
  deps.failures.take(credentials.holder);
  if (credentials.proven) void deps.bans.failed(request.sourceIp);
}
