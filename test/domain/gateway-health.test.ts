import { expect, it } from 'vitest';
import { isGoodPing } from '../../src/domain/gateway-health.ts';

it.each([
  [undefined, { good: [200, 202, 301, 401, 403, 404, 405, 480, 481, 486, 500, 501, 603], bad: [408, 503, null] }],
  [[405], { good: [200, 299, 405], bad: [300, 403, 404, 408, 500, 503, null] }],
  [[], { good: [200], bad: [404, 405, 503, null] }],
  [[503], { good: [200, 503], bad: [405, 408, null] }],
] as const)('a gateway is well by its answers to OPTIONS where its rules list %j', (pingStatuses, { good, bad }) => {
  const rules = pingStatuses === undefined ? {} : { pingStatuses };
  expect(good.filter((status) => !isGoodPing(status, rules))).toEqual([]);
  expect(bad.filter((status) => isGoodPing(status, rules))).toEqual([]);
});
