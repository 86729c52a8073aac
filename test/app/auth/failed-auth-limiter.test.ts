import { describe, expect, it } from 'vitest';
import { createFailedAuthLimiter } from '../../../src/app/auth/failed-auth-limiter.ts';

describe('failed authentications', () => {
  it('are allowed ten a minute and source, then counted down', () => {
    let now = 1000;
    const limiter = createFailedAuthLimiter({ perMinute: 10, nowMs: () => now });
    for (let i = 0; i < 10; i += 1) expect(limiter.fail('192.0.2.1')).toBeNull();
    expect(limiter.fail('192.0.2.1')).toBe(60);
    now += 59_500;
    expect(limiter.fail('192.0.2.1')).toBe(1);
    expect(limiter.fail('192.0.2.2')).toBeNull();
    now += 500;
    expect(limiter.fail('192.0.2.1')).toBeNull();
  });

  it('count an IPv6 /64 as one source', () => {
    const limiter = createFailedAuthLimiter({ perMinute: 1, nowMs: () => 0 });
    expect(limiter.fail('2001:db8:1:2::1')).toBeNull();
    expect(limiter.fail('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(60);
    expect(limiter.fail('2001:db8:1:3::1')).toBeNull();
    expect(limiter.fail('::1')).toBeNull();
    expect(limiter.fail('2001:db8::1')).toBeNull();
    expect(limiter.fail('2001:db8:0:0:5::')).toBe(60);
  });

  it('remember a bounded number of sources, the latest failing ones', () => {
    const limiter = createFailedAuthLimiter({ perMinute: 1, nowMs: () => 0, sourcesMax: 3 });
    for (const source of ['a', 'b', 'c', 'a', 'd']) limiter.fail(source);
    expect(limiter.fail('a')).toBe(60);
    expect(limiter.fail('b')).toBeNull();
  });
});
