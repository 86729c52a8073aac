import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminApi, startAdminApi } from '../api/admin/admin-api.ts';
import { PLATFORM_KEY } from '../support/api-harness.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

describe('rate-limit headers of the plan `unlimited`', () => {
  it('are X-RateLimit-* in the Kros face, refusals included', async () => {
    const { key } = await api.newAccount();
    for (const path of ['/phone-numbers', '/phone-numbers?limit=x']) {
      const { headers } = await api.call('GET', path, { key });
      expect(headers.get('x-ratelimit-limit')).toBe('1000000');
      expect(headers.get('x-ratelimit-remaining')).toBe('1000000');
      expect(headers.get('x-ratelimit-reset')).toBe('60');
      expect(headers.has('ratelimit')).toBe(false);
    }
  });

  it('are RateLimit and RateLimit-Policy in the admin face', async () => {
    const { headers } = await api.call('GET', '/admin/v1/accounts', { key: PLATFORM_KEY });
    expect(headers.get('ratelimit-policy')).toBe('"default";q=1000000;w=60');
    expect(headers.get('ratelimit')).toBe('"default";r=1000000;t=60');
    expect(headers.has('x-ratelimit-limit')).toBe(false);
  });
});
