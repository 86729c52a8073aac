import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Webhook } from '../../src/domain/webhook.ts';
import { disabledBy, hasArrived, type RetryRules, retryAfterMs, retryWaitMs, signingSecrets } from '../../src/domain/webhook-retry.ts';

const DAY_MS = 86_400_000;
const RULES: RetryRules = { waitsMs: [5000, 300_000, DAY_MS], disableAfterMs: 5 * DAY_MS };
const answered = (status: number, askedMs: number | null = null) => ({ status, askedMs });
const SILENT = { status: null, askedMs: null };

describe('the wait after a try that failed', () => {
  it.each([
    // tries, random, answer, wait
    [1, 0, SILENT, 0],
    [1, 0.5, SILENT, 2500],
    [1, 1, answered(500), 5000],
    [2, 1, answered(500), 300_000],
    [3, 0.25, answered(302), DAY_MS / 4],
    [4, 0, answered(500), null],
    [1, 0, answered(410), null],
    // What the receiver asks for is the least, a day at most.
    [1, 1, answered(503, 60_000), 60_000],
    [2, 1, answered(429, 60_000), 300_000],
    [1, 0, answered(503, 30 * DAY_MS), DAY_MS],
  ])('of try %i with %f is that of the table', (tries, random, result, wait) => {
    expect(retryWaitMs(RULES, tries, result, random)).toBe(wait);
  });

  it('is never longer than the table says where nobody asks, and there are as many as the table has', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(DAY_MS), { maxLength: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), (waitsMs, random) => {
        const rules = { ...RULES, waitsMs };
        for (const [index, longest] of waitsMs.entries()) {
          const wait = retryWaitMs(rules, index + 1, SILENT, random);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(longest);
        }
        expect(retryWaitMs(rules, waitsMs.length + 1, SILENT, random)).toBeNull();
      }),
    );
  });
});

describe('a webhook', () => {
  it('has got what was answered with 2xx and nothing else', () => {
    const statuses = [199, 200, 204, 299, 300, 301, 400, 410, 500];
    expect(statuses.filter((status) => hasArrived(answered(status)))).toEqual([200, 204, 299]);
    expect(hasArrived(SILENT)).toBe(false);
  });

  it('is given up after failing for long, or at once when it says that it is gone', () => {
    expect(disabledBy(RULES, answered(500), 1000, 1000 + 5 * DAY_MS - 1)).toBeNull();
    expect(disabledBy(RULES, SILENT, 1000, 1000 + 5 * DAY_MS)).toBe('failures');
    expect(disabledBy(RULES, answered(410), 1000, 1000)).toBe('gone');
  });

  it('is signed for with its newest secret, and with the one before it until that ends', () => {
    const webhook = { secretSealed: 'new', previousSecret: { sealed: 'old', until: 100 } } as Webhook;
    expect(signingSecrets(webhook, 99)).toEqual(['new', 'old']);
    expect(signingSecrets(webhook, 100)).toEqual(['new']);
    expect(signingSecrets({ ...webhook, secretSealed: null, previousSecret: null }, 0)).toEqual([]);
  });
});

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
    ['soon', null],
    ['9'.repeat(50), null],
    [null, null],
  ])('%s', (text, ms) => {
    expect(retryAfterMs(text, Date.parse('Sun, 06 Nov 1994 08:49:00 GMT'))).toBe(ms);
  });
});
