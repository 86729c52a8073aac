import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { ha1Of, sealHa1, unsealHa1 } from '../../src/app/sip-credentials/ha1.ts';
import { standInLogin } from '../../src/app/sip-credentials/stand-in.ts';
import { issueNonce, NONCE_RANDOM_BYTES } from '../../src/domain/nonce.ts';
import type { CredentialRecord } from '../../src/domain/records.ts';
import { type AuthenticateDeps, readCredentials } from '../../src/sip/authenticate.ts';
import { ownHosts } from '../../src/sip/own-hosts.ts';
import type { ReceivedRequest } from '../../src/sip/sip-stack.ts';
import { DOMAIN, LOGIN, sealer } from './support/call-world.ts';

const nonceKey = randomBytes(32);
const deps: AuthenticateDeps = {
  hosts: ownHosts(DOMAIN, () => false),
  nonceKey,
  nonceLifetimeMs: 60_000,
  digest: 'md5',
  openHa1: (record) => unsealHa1(sealer, record),
  standIn: standInLogin(sealer),
  now: () => Date.now(),
};
const known: CredentialRecord = {
  ...standInLogin(sealer),
  ...LOGIN,
  enabled: true,
  sealedHa1: sealHa1(sealer, LOGIN, ha1Of(LOGIN, 'the right one')),
};
const field =
  `Digest username="${LOGIN.username}", realm="${DOMAIN}", nonce="${issueNonce(nonceKey, Date.now(), randomBytes(NONCE_RANDOM_BYTES))}", uri="sip:${DOMAIN}", ` +
  `response="${'0'.repeat(32)}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`;
const request = { method: 'INVITE', sourceIp: '127.0.0.1', header: () => field } as unknown as ReceivedRequest;

// Without the stand-in it is 1.5. Short rounds: among so many some are not interrupted, however busy the machine is.
const ROUNDS = 400;
const A_ROUND = 8;

/** Milliseconds of one round of wrong passwords. */
function roundOf(record: CredentialRecord | null): number {
  const started = performance.now();
  for (let count = 0; count < A_ROUND; count += 1) {
    const read = readCredentials(request, deps);
    if (read === null || read === 'malformed' || read.check(record).fact.result !== 'wrong') throw new Error('not wrong');
  }
  return performance.now() - started;
}

it('a wrong password takes as long as a user whom nobody knows', () => {
  const [wrong, unknown]: [number[], number[]] = [[], []];
  roundOf(known);
  roundOf(null);
  // By turns, and the quickest of each: whatever else the machine does makes rounds longer, and never shorter.
  for (let round = 0; round < ROUNDS; round += 1) {
    wrong.push(roundOf(known));
    unknown.push(roundOf(null));
  }
  const ratio = Math.min(...wrong) / Math.min(...unknown);
  expect(ratio).toBeGreaterThan(0.77);
  expect(ratio).toBeLessThan(1.3);
});
