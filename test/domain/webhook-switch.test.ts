import { expect, it } from 'vitest';
import type { DisabledReason } from '../../src/domain/webhook.ts';
import { switchWebhook } from '../../src/domain/webhook-switch.ts';

const REFUSED = 'refused';
type Reason = DisabledReason | null;

it.each<[Reason, Record<'tenant' | 'platform', readonly (Reason | typeof REFUSED)[]>]>([
  // Turned on, off, revived by its tenant and by the platform.
  [null, { tenant: [null, 'by_hand', null], platform: [null, 'by_platform', null] }],
  ['by_hand', { tenant: [null, 'by_hand', 'by_hand'], platform: [null, 'by_platform', 'by_hand'] }],
  ['failures', { tenant: [null, 'by_hand', null], platform: [null, 'by_platform', null] }],
  ['gone', { tenant: [null, 'by_hand', null], platform: [null, 'by_platform', null] }],
  ['by_platform', { tenant: [REFUSED, 'by_platform', 'by_platform'], platform: [null, 'by_platform', 'by_platform'] }],
])('a webhook that is off for %s is turned on and off as the table says', (reason, table) => {
  for (const by of ['tenant', 'platform'] as const) {
    const got = (['on', 'off', 'revive'] as const).map((asked) => {
      const switched = switchWebhook(reason, asked, by);
      return switched.ok ? switched.value : REFUSED;
    });
    expect(got, by).toEqual(table[by]);
  }
});
