import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNonce, issueNonce, NONCE_LENGTH, NONCE_RANDOM_BYTES, nonceId } from '../../src/domain/nonce.ts';

const key = Buffer.alloc(32, 7);
const NOW = 1_750_000_000_000;
const LIFE = 60_000;
const random = (fill: number) => Buffer.alloc(NONCE_RANDOM_BYTES, fill);
const nonce = issueNonce(key, NOW, random(1));

describe('a nonce', () => {
  it.each([
    [0, 'valid'],
    [LIFE, 'valid'],
    [LIFE + 1, 'expired'],
    [365 * 86_400_000, 'expired'],
    [-LIFE, 'valid'],
    [-LIFE - 1, 'expired'],
  ])('is %d ms after its issue %s', (after, result) => expect(checkNonce(key, nonce, NOW + after, LIFE)).toBe(result));

  it('of another key is forged', () => expect(checkNonce(Buffer.alloc(32, 8), nonce, NOW, LIFE)).toBe('forged'));

  it('changed in any character is forged', () => {
    for (let i = 0; i < nonce.length; i += 1) {
      for (const char of 'Aa0_-=.') {
        if (nonce[i] === char) continue;
        expect(checkNonce(key, nonce.slice(0, i) + char + nonce.slice(i + 1), NOW, LIFE)).toBe('forged');
      }
    }
  });

  it('in another spelling of the same bytes is forged', () => {
    for (const text of [`${nonce}=`, `${nonce} `, ` ${nonce}`, nonce.replaceAll('-', '+').replaceAll('_', '/'), `${nonce}\n`]) {
      if (text !== nonce) expect(checkNonce(key, text, NOW, LIFE)).toBe('forged');
    }
  });

  it('made up is forged, whatever it holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{${NONCE_LENGTH}}$`))), (text) => {
        expect(checkNonce(key, text, NOW, LIFE)).toBe('forged');
      }),
    );
  });

  it('has its own id, which is hexadecimal', () => {
    const ids = new Set(Array.from({ length: 100 }, (_, i) => nonceId(issueNonce(key, NOW + (i % 3), random(i)))));
    expect(ids.size).toBe(100);
    expect([...ids].every((id) => /^[0-9a-f]{36}$/.test(id))).toBe(true);
    expect(nonceId(nonce)).toBe(nonceId(issueNonce(key, NOW, random(1))));
  });

  it('has a fixed length and needs enough randomness', () => {
    expect(issueNonce(key, 0, randomBytes(64))).toHaveLength(NONCE_LENGTH);
    expect(() => issueNonce(key, NOW, Buffer.alloc(NONCE_RANDOM_BYTES - 1))).toThrow(RangeError);
  });
});
