import { createRemoteJWKSet, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { SessionTokenVerifier } from '../app/auth/token-verifier.ts';
import type { Clock } from '../kit/clock.ts';
import { isUuid } from '../kit/ids.ts';

export interface SessionTokenOptions {
  /** Secret of HS256 tokens; null: none are accepted. */
  readonly secret: string | null;
  /** Where the public keys of asymmetric tokens are; null: none are accepted. */
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string;
  readonly clock: Clock;
}

const TOKEN_CHARACTERS_MAX = 8192;
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const FETCH_MS = 3000;
const REFRESH_MS = 60_000;

/** Verifies Supabase-style session tokens: a list of allowed algorithms, `exp`, `aud`, and `iss` where set (decisions B11, B20). */
export function createSessionTokenVerifier(options: SessionTokenOptions): SessionTokenVerifier | null {
  const secret = options.secret === null ? null : new TextEncoder().encode(options.secret);
  const keys =
    options.jwksUrl === null
      ? null
      : createRemoteJWKSet(new URL(options.jwksUrl), { cooldownDuration: REFRESH_MS, cacheMaxAge: 600_000, timeoutDuration: FETCH_MS });
  if (secret === null && keys === null) return null;
  const payloadOf = async (token: string): Promise<JWTPayload | null> => {
    const rules: JWTVerifyOptions = {
      audience: options.audience,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(options.clock.now()),
      ...(options.issuer === null ? {} : { issuer: options.issuer }),
    };
    // The algorithm chooses the kind of key before the key is touched: a public key never serves as an HMAC secret.
    const alg = algorithmOf(token);
    if (alg === undefined) return null;
    if (alg === 'HS256' && secret !== null) return (await jwtVerify(token, secret, { ...rules, algorithms: ['HS256'] })).payload;
    if (alg !== 'HS256' && keys !== null) return (await jwtVerify(token, keys, { ...rules, algorithms: ASYMMETRIC })).payload;
    return null;
  };
  return {
    async verify(token) {
      if (token.length > TOKEN_CHARACTERS_MAX) return 'invalid';
      try {
        const payload = await payloadOf(token);
        return payload?.sub !== undefined && isUuid(payload.sub) ? { userId: payload.sub.toLowerCase() } : 'invalid';
      } catch (error) {
        return isKeySourceAway(error) ? 'unavailable' : 'invalid';
      }
    },
  };
}

/** Anything but a verdict on the token means that the keys could not be had: no connection, no 200, no key set. */
const isKeySourceAway = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  error.code === 'ERR_JOSE_GENERIC';

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}
