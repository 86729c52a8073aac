import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { createSessionTokenVerifier } from '../../src/http/session-tokens.ts';
import { fixedClock } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';

const NOW = 1_800_000_000_000;
const options = { secret: null, issuer: 'https://auth.test', audience: 'authenticated', clock: fixedClock(NOW) };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Serves what `body` returns as a key set and counts how often it is asked. */
async function keyServer(body: () => { status: number; text: string }): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_, res) => {
    asked += 1;
    const { status, text } = body();
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`, asked: () => asked };
}

async function keyPair(kid: string, alg = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  const sign = (claims: { sub: string; iss?: string; header?: object }) =>
    new SignJWT({})
      .setProtectedHeader({ alg, kid, ...claims.header })
      .setSubject(claims.sub)
      .setIssuer(claims.iss ?? 'https://auth.test')
      .setAudience('authenticated')
      .setExpirationTime(NOW / 1000 + 60)
      .sign(privateKey);
  return { jwk, sign };
}

describe('session tokens signed with published keys', () => {
  it('are accepted, and the keys are asked for once', async () => {
    const pair = await keyPair('k1');
    const keys = await keyServer(() => ({ status: 200, text: JSON.stringify({ keys: [pair.jwk] }) }));
    const verifier = createSessionTokenVerifier({ ...options, jwksUrl: keys.url });
    const userId = newId();
    for (let i = 0; i < 3; i += 1) expect(await verifier?.verify(await pair.sign({ sub: userId }))).toEqual({ userId });
    expect(keys.asked()).toBe(1);
  });

  it('are refused with another issuer, an unknown key id, or a public key used as a secret', async () => {
    const pair = await keyPair('k1', 'RS256');
    const stranger = await keyPair('k2', 'RS256');
    const keys = await keyServer(() => ({ status: 200, text: JSON.stringify({ keys: [pair.jwk] }) }));
    const verifier = createSessionTokenVerifier({ ...options, jwksUrl: keys.url, secret: 'a-secret-of-the-server-0123456789' });
    expect(await verifier?.verify(await pair.sign({ sub: newId(), iss: 'https://evil.test' }))).toBe('invalid');
    for (let i = 0; i < 5; i += 1) expect(await verifier?.verify(await stranger.sign({ sub: newId() }))).toBe('invalid');
    // An unknown key id asks again at most once a minute: strangers cannot make us hammer the key server.
    expect(keys.asked()).toBe(1);
    const confused = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setSubject(newId())
      .setIssuer('https://auth.test')
      .setAudience('authenticated')
      .setExpirationTime(NOW / 1000 + 60)
      .sign(new TextEncoder().encode(JSON.stringify(pair.jwk)));
    expect(await verifier?.verify(confused)).toBe('invalid');
  });

  it.each([
    ['answers 500', { status: 500, text: '' }],
    ['answers no JSON', { status: 200, text: '<html>' }],
    ['answers no key set', { status: 200, text: '{}' }],
  ])('cannot be judged while the key server %s', async (_, answer) => {
    const pair = await keyPair('k1');
    const keys = await keyServer(() => answer);
    const verifier = createSessionTokenVerifier({ ...options, jwksUrl: keys.url });
    expect(await verifier?.verify(await pair.sign({ sub: newId() }))).toBe('unavailable');
  });

  it('cannot be judged while there is no key server', async () => {
    const pair = await keyPair('k1');
    const verifier = createSessionTokenVerifier({ ...options, jwksUrl: 'http://127.0.0.1:1/jwks' });
    expect(await verifier?.verify(await pair.sign({ sub: newId() }))).toBe('unavailable');
    expect(await verifier?.verify('a.b.c')).toBe('invalid');
  });
});

it('without secret and key server there is nothing to verify with', () => {
  expect(createSessionTokenVerifier({ ...options, jwksUrl: null })).toBeNull();
});
