import { afterAll, beforeAll, expect, it } from 'vitest';
import { addRequirement } from '../../../src/app/requirements/add-requirement.ts';
import { telnyxFace } from '../../../src/http/telnyx/telnyx-face.ts';
import { movableClock } from '../../../src/kit/clock.ts';
import { changedValue, DAY_MS, type HarnessDeps } from '../../support/api-harness.ts';
import { TELNYX_RULES } from '../../support/telnyx-rules.ts';
import { type Caller, openVobiz, type VobizWorld } from './support/vobiz-world.ts';

const clock = movableClock();
let api: VobizWorld;
let who: Caller;
beforeAll(async () => {
  const moreFaces = (deps: HarnessDeps) => [telnyxFace({ ...deps, ...TELNYX_RULES, callingCodeOf: () => null })];
  api = await openVobiz(
    { clock, moreFaces },
    { releaseTerms: { windowMs: DAY_MS, quarantineMs: 45 * DAY_MS }, publicUrl: 'https://numbers.example' },
  );
  who = await api.newAccount();
});
afterAll(() => api.close());

const rowOf = async (id: string) => (await api.sql('select lifecycle, available_at from numbers where id = $1', [id]))[0];

it('a release with a window answers the documented body, takes the number off its route, and can be cancelled', async () => {
  const number = await api.newOwn(who);
  await api.as(who, 'POST', `${number.path}/application`, { body: { application_id: await api.newApplication(who) } });
  const released = await api.as(who, 'DELETE', number.path);
  expect(released.status, released.text).toBe(200);
  expect(released.body).toEqual({
    cancel_url: `https://numbers.example/api/v1/account/${who.account.authId}/numbers/${number.e164}/cancel-release`,
    cooldown_ends_at: expect.any(String),
    message: 'number release initiated',
    note: 'Number will be in pending_release for 24 hours (cancellable), then quarantined for 45 days before becoming available.',
    release_fee: 0,
    status: 'pending_release',
  });
  expect(Date.parse(released.body.cooldown_ends_at) - clock.now()).toBeGreaterThan(DAY_MS - 60_000);
  expect((await api.as(who, 'GET', number.path)).body).toMatchObject({ status: 'pending_release' });
  expect((await api.call('GET', `/phone-numbers/${number.id}`, { key: who.key })).status).toBe(404);

  // The link has a raw plus sign, as the vendor writes it.
  const path = new URL(released.body.cancel_url).pathname;
  const cancel = () => api.as(who, 'POST', path, { headers: { 'Idempotency-Key': number.id } });
  const cancelled = await cancel();
  expect([cancelled.status, cancelled.body]).toEqual([
    200,
    { currency: 'USD', message: 'release cancelled, number restored to active status', refund_amount: 0, status: 'active' },
  ]);
  expect((await cancel()).headers.get('idempotent-replayed')).toBe('true');
  const shown = (await api.as(who, 'GET', number.path)).body;
  expect(shown).toMatchObject({ status: 'active' });
  expect(shown).not.toHaveProperty('application_id');
  // Its first login went with the release (decision C13).
  const details = await api.call('GET', `/phone-numbers/${number.id}`, { key: who.key });
  expect(details.body.sip_credentials.username).toMatch(/^n[0-9a-f]{20}$/);
  const record = await api.sql('select state, due_at from jobs where number_id = $1 and queue = $2', [number.id, 'release-due']);
  expect(record).toEqual([{ state: 'queued', due_at: expect.anything() }]);
});

it('400 when there is nothing to cancel or it is too late, 403 for numbers of others and unknown ones', async () => {
  const number = await api.newOwn(who);
  const path = number.path.replace('/Account/', '/account/');
  const cancel = (given: string) => api.as(who, 'POST', `${given}/cancel-release`);
  expect([(await cancel(path)).status, (await cancel(path)).body]).toEqual([400, { error: 'number is not pending release' }]);
  await api.as(who, 'DELETE', path);
  clock.advance(DAY_MS);
  expect([(await cancel(path)).status, (await cancel(path)).body]).toEqual([400, { error: 'number is not pending release' }]);
  const foreign = await api.newOwn(await api.newAccount());
  for (const e164 of [foreign.e164, '+442079999999', 'nonsense']) {
    const answer = await cancel(path.replace(/[^/]+$/, encodeURIComponent(e164)));
    expect([answer.status, answer.body]).toEqual([403, { error: 'forbidden', message: 'account does not own this number' }]);
  }
});

it('immediate=true skips the window and cannot be cancelled; the quarantine stays', async () => {
  const number = await api.newOwn(who);
  const released = await api.as(who, 'DELETE', `${number.path}?immediate=true`);
  expect(released.body).toMatchObject({ message: 'number released', status: 'released', release_fee: 0 });
  const row = await rowOf(number.id);
  expect([row.lifecycle, row.available_at - clock.now() > 44 * DAY_MS]).toEqual(['available', true]);
  expect((await api.as(who, 'POST', `${number.path}/cancel-release`)).status).toBe(403);
});

it('a number that waits for its papers has no window: its order ends, its money is free, and no way leads to it (invariant 7)', async () => {
  const requirement = {
    country: 'DE',
    numberType: 'local',
    name: 'Tax number',
    description: null,
    example: null,
    fieldType: 'textual',
    acceptance: { minLength: null, maxLength: null, acceptableValues: null, caseSensitive: true, pattern: null },
  } as const;
  changedValue(await addRequirement(api.deps, api.platform, requirement));
  const stock = await api.newStock({ country: 'DE' });
  const body = { phone_numbers: [{ phone_number: stock.e164 }] };
  const order = await api.call('POST', '/v2/number_orders', { key: who.key, body });
  expect([order.status, order.body.data.status], order.text).toEqual([200, 'pending']);
  const path = `/api/v1/account/${who.account.authId}/numbers/${encodeURIComponent(stock.e164)}`;
  const released = await api.as(who, 'DELETE', path);
  expect([released.status, released.body.status], released.text).toEqual([200, 'released']);
  expect(await rowOf(stock.id)).toEqual({ lifecycle: 'available', available_at: null });
  expect((await api.as(who, 'POST', `${path}/cancel-release`)).status).toBe(403);
  const kinds = await api.sql('select kind from ledger_transactions where number_id = $1 order by id', [stock.id]);
  expect(kinds).toEqual([{ kind: 'hold' }, { kind: 'hold_release' }]);
});

it('taking a release back lifts nothing that the platform put on the number', async () => {
  const number = await api.newOwn(who);
  await api.sql("update numbers set suspended_by = '{platform,tenant}', max_channels = 2 where id = $1", [number.id]);
  expect((await api.as(who, 'DELETE', number.path)).status).toBe(200);
  expect((await api.as(who, 'POST', `${number.path}/cancel-release`)).status).toBe(200);
  const kept = await api.sql('select lifecycle, suspended_by, max_channels from numbers where id = $1', [number.id]);
  expect(kept).toEqual([{ lifecycle: 'active', suspended_by: ['platform'], max_channels: 2 }]);
});
