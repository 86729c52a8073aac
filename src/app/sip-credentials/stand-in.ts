import type { CredentialRecord } from '../../domain/records.ts';
import type { Sealer } from '../../kit/seal.ts';
import { ha1Of, sealHa1 } from './ha1.ts';

const NOBODY = { realm: 'nobody.invalid', username: 'nobody' };

/** Nobody's login, opened in the place of one that does not exist (decision C14); the digest check never accepts it. */
export const standInLogin = (sealer: Sealer): CredentialRecord => ({
  kind: 'credential',
  id: 'nobody',
  ...NOBODY,
  accountId: 'nobody',
  subAccountId: null,
  mode: 'live',
  e164: null,
  enabled: false,
  sealedHa1: sealHa1(sealer, NOBODY, ha1Of(NOBODY, '')),
  digest: null,
});
