import { randomBytes } from 'node:crypto';
import { algorithmsFor, buildChallenge } from '../domain/digest.ts';
import { holderMark, holderRandom, issueNonce, NONCE_RANDOM_BYTES } from '../domain/nonce.ts';
import { type AuthenticateDeps, type DigestPolicy, siteOf } from './authenticate.ts';
import { realmHostOf } from './facts.ts';
import type { ReceivedRequest } from './sip-stack.ts';

/** Asks for credentials: 401 for REGISTER, 407 for everything else (decision C14). Nothing in it tells whether a user exists. */
export function sendChallenge(request: ReceivedRequest, why: { stale: boolean; offer: DigestPolicy }, deps: AuthenticateDeps): void {
  const realm = deps.hosts.realmFor(realmHostOf(request, deps.hosts));
  const random = holderRandom(randomBytes(NONCE_RANDOM_BYTES), holderMark(deps.nonceKey, siteOf(request)));
  const nonce = issueNonce(deps.nonceKey, deps.now(), random);
  const values = algorithmsFor(why.offer).map((algorithm) => buildChallenge({ realm, nonce, algorithm, stale: why.stale }));
  const register = request.method === 'REGISTER';
  request.reply(register ? 401 : 407, { headers: { [register ? 'WWW-Authenticate' : 'Proxy-Authenticate']: values } });
}
