import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Sealer } from '../../kit/seal.ts';

/** Seals the readable password of a credential, bound to its row. */
export const sealPassword = (sealer: Sealer, credentialId: string, password: string): string =>
  sealer.seal(password, contextOf(credentialId));

/** Opens it. Whoever calls this writes an audit row (decision C13). */
export const unsealPassword = (sealer: Sealer, credential: SipCredential): string =>
  sealer.unseal(credential.sealedPassword, contextOf(credential.id));

const contextOf = (credentialId: string): string => `sip-password:${credentialId}`;
