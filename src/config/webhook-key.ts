import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { decodeSealingKey } from './sealing-key.ts';

/** RFC 8410 §7: the fixed bytes before the 32 of an Ed25519 private key. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The private key that signs Telnyx-shaped webhooks (decision B19), derived from the sealing key so that every process and every
 * host of one system has the same without another setting.
 */
export function webhookSigningKey(sealingKey: string): KeyObject {
  const secret = decodeSealingKey(sealingKey);
  if (secret === undefined) throw new TypeError('the sealing key is not 32 bytes');
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'dialplane webhook ed25519', 32));
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
}

/** Its public half as the SDK wants it: 32 bytes, base64. */
export function webhookPublicKey(sealingKey: string): string {
  const { x } = createPublicKey(webhookSigningKey(sealingKey)).export({ format: 'jwk' });
  return Buffer.from(x as string, 'base64url').toString('base64');
}
