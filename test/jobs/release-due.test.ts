import { afterAll, beforeAll, expect, it } from 'vitest';
import { releaseNumber } from '../../src/app/numbers/release-number.ts';
import { until } from '../sip/support/call-stage.ts';
import { COOL_OFF_MS, DEADLINE_MS, openUnassignBench, type UnassignBench, value } from './support/unassign-bench.ts';

let bench: UnassignBench;
beforeAll(async () => {
  bench = await openUnassignBench();
});
afterAll(() => bench.close());

/** A number with a call that the phone has answered, released in the middle of it. */
async function releasedInCall() {
  const number = await bench.newNumber(bench.group.id);
  const call = bench.callIn(number.e164);
  const ringing = await bench.phone.expectInvite();
  ringing.answer();
  await call.answered();
  await ringing.waitAck();
  const after = value(await releaseNumber(bench.deps, bench.tenant, { number: { numberId: number.id }, ifVersion: null }));
  expect(after).toMatchObject({ lifecycle: 'releasing', trunkGroupId: null, version: number.version + 1 });
  return { number, call, ringing };
}

const rowOf = async (id: string) =>
  (await bench.sql('select lifecycle, last_call_at, available_at from numbers where id = $1', [id]))[0] as Record<string, unknown>;

it('a released number takes no further call at once, and is in stock only when its live call has ended by itself', async () => {
  const { number, call, ringing } = await releasedInCall();
  const refused = await bench.callIn(number.e164).final();
  expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([404, 'number_unknown']);
  await until(
    () => 'the job has not looked twice',
    async () => ((await bench.jobs(number.id, 'release-due'))[0]?.runs ?? 0) >= 2,
  );
  expect((await rowOf(number.id)).lifecycle).toBe('releasing');
  expect(bench.stage.agents[0]?.agent.callCount).toBe(1);

  await call.bye();
  await ringing.waitBye();
  expect((await bench.finished(number.id, 'release-due')).result).toEqual({ drained: 1, ended: 0, left: 0 });
  const row = await rowOf(number.id);
  expect(row.lifecycle).toBe('available');
  expect(Number(row.available_at) - Number(row.last_call_at)).toBe(COOL_OFF_MS);
  const gone = await bench.callIn(number.e164).final();
  expect([gone.status, gone.header('X-Dialplane-Reason')]).toEqual([404, 'number_unknown']);
});

it('the deadline ends the live call of a released number', async () => {
  const { number, call, ringing } = await releasedInCall();
  bench.clock.advance(DEADLINE_MS);
  await Promise.all([call.waitBye(), ringing.waitBye()]);
  // It had a trunk group too: whichever of the two jobs came first ended it.
  const { drained, ended, left } = (await bench.finished(number.id, 'release-due')).result as Record<string, number>;
  expect([(drained ?? 0) + (ended ?? 0), left]).toEqual([1, 0]);
  expect((await rowOf(number.id)).lifecycle).toBe('available');
  const record = await bench.sql("select ended_by, refusal_code from calls where called = $1 and outcome = 'completed'", [number.e164]);
  expect(record).toEqual([{ ended_by: 'platform', refusal_code: 'hung_up' }]);
});

it('a release with a window refuses calls at once and is in stock after it, for its last holder alone until the quarantine ends', async () => {
  const DAY = 86_400_000;
  const number = await bench.newNumber(bench.group.id);
  const terms = { windowMs: DAY, quarantineMs: 45 * DAY };
  const after = value(await releaseNumber(bench.deps, bench.tenant, { number: { numberId: number.id }, ifVersion: null, terms }));
  expect(after).toMatchObject({ lifecycle: 'releasing', availableAt: after.updatedAt + DAY, trunkGroupId: null });
  const refused = await bench.callIn(number.e164).final();
  expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([404, 'number_unknown']);
  expect(await bench.jobs(number.id, 'release-due')).toMatchObject([{ state: 'queued', dueAt: after.availableAt }]);
  bench.clock.advance(DAY);
  await bench.finished(number.id, 'release-due');
  const row = await rowOf(number.id);
  expect(row.lifecycle).toBe('available');
  expect(Number(row.available_at)).toBeGreaterThanOrEqual(after.updatedAt + 46 * DAY);
});
