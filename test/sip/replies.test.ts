import { describe, expect, it } from 'vitest';
import { CALL_REFUSALS, type CallRefusalCode } from '../../src/domain/refusal.ts';
import { refusalReply } from '../../src/sip/replies.ts';

const CODES = Object.keys(CALL_REFUSALS) as CallRefusalCode[];

describe('the reply to a refused call', () => {
  it.each(CODES)('invariant 10: %s tells a peer we know why and by which call, and a stranger the status alone', (code) => {
    const { sipStatus } = CALL_REFUSALS[code];
    const known = refusalReply(code, 'call-1');
    expect([known.status, known.headers['X-Dialplane-Reason'], known.headers['X-Dialplane-Call-Id']]).toEqual([sipStatus, code, 'call-1']);
    const { status, headers } = refusalReply(code, null);
    expect(status).toBe(sipStatus);
    // When to try again is no secret.
    expect(Object.keys(headers).filter((name) => name !== 'Retry-After')).toEqual([]);
  });
});
