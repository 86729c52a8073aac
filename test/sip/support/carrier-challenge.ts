import { createHash } from 'node:crypto';
import { sealCarrierPassword } from '../../../src/app/trunk-groups/carrier-login.ts';
import type { GatewayTerms } from '../../../src/domain/gateway-terms.ts';
import { parseDigestFields } from '../../support/sip/digest.ts';
import type { SipMessage } from '../../support/sip/message.ts';
import { sealer } from './call-world.ts';

const SECRET = 'carrier secret';

/** Our login at a carrier, as it stands in the terms of a gateway. */
export const login = (realm?: string, password = SECRET): NonNullable<GatewayTerms['login']> => ({
  username: 'us',
  sealedPassword: sealCarrierPassword(sealer, 'us', password),
  ...(realm === undefined ? {} : { realm }),
});

export const challenge = (nonce: string, more = ''): string => `Digest realm="carrier", nonce="${nonce}", qop="auth"${more}`;

/** What the request answers a challenge with, and whether it is right. */
export function answerOf(request: SipMessage, name: string, password = SECRET) {
  const fields = parseDigestFields(request.header(name)) ?? new Map<string, string>();
  const [algorithm = '', uri = '', nonce = ''] = ['algorithm', 'uri', 'nonce'].map((key) => fields.get(key));
  const ha1 = hash(algorithm, `us:${fields.get('realm')}:${password}`);
  const middle = `${nonce}:${fields.get('nc')}:${fields.get('cnonce')}:auth`;
  const right = fields.get('response') === hash(algorithm, `${ha1}:${middle}:${hash(algorithm, `${request.method}:${uri}`)}`);
  return { algorithm, nonce, nc: fields.get('nc'), right };
}

const hash = (algorithm: string, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');
