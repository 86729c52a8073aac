import type { CarrierLogin } from '../../domain/gateway-terms.ts';
import type { Sealer } from '../../kit/seal.ts';

const contextOf = (username: string): string => `carrier-login:${username}`;

/** Seals the password of a login at a carrier. */
export const sealCarrierPassword = (sealer: Sealer, username: string, password: string): string =>
  sealer.seal(password, contextOf(username));

/** Opens it again; throws when it was sealed for another user name or key. */
export const openCarrierPassword = (sealer: Sealer, { username, sealedPassword }: CarrierLogin): string =>
  sealer.unseal(sealedPassword, contextOf(username));
