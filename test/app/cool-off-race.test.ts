import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NumberRecord, recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { openVobiz, type VobizWorld } from '../api/vobiz/support/vobiz-world.ts';
import { admissionRequest, admittedEvent, type OpenPlane, openPlane, seededRandom } from '../redis/support/plane.ts';

let api: VobizWorld;
let plane: OpenPlane;
beforeAll(async () => {
  api = await openVobiz();
  plane = await openPlane(api.redisUrl);
});
afterAll(async () => {
  await plane.close();
  await api.close();
});

type Outcome = { readonly result: string; readonly subAccountId: string | null | undefined };

/** One call as an agent makes it: read the record, decide on it, be admitted on that version, hang up. */
async function call(number: { readonly id: string; readonly e164: string }): Promise<Outcome> {
  const ref = recordRef.number('live', number.e164);
  const { version = 0, record = null } = (await plane.reader.read([ref])).get(ref) ?? {};
  const holder = record as NumberRecord | null;
  const event = admittedEvent({ callId: newId(), at: api.clock.now(), versions: [{ record: ref, version }] });
  const { result } = await plane.admission.admit(admissionRequest([{ record: ref, version }], [number.id], { event }));
  if (result === 'ok') {
    const ended = {
      type: 'ended',
      callId: event.callId,
      seq: 1,
      agentId: event.agentId,
      at: api.clock.now(),
      outcome: 'completed',
    } as const;
    await plane.admission.end({ ...ended, sipStatus: 200, code: null, endedBy: 'caller' }, [number.id]);
  }
  return { result, subAccountId: holder?.subAccountId };
}

/** Calls one after the other until `stopped`, at least one. */
async function callOn(number: { readonly id: string; readonly e164: string }, stopped: () => boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  do outcomes.push(await call(number));
  while (!stopped());
  return outcomes;
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('invariant 4', () => {
  it('invariant 4: no number leaves a sub-account within its cool-off, whatever moment the first call comes at', async () => {
    const seed = Date.now() % 1_000_000;
    const random = seededRandom(seed);
    const { parent, child } = await api.newFamily();
    const seen = { 204: 0, 409: 0, moving: 0, calls: 0 };
    // Goes on until both outcomes were seen often enough to mean something.
    for (let round = 0; round < 120 && (round < 40 || seen[204] < 5 || seen[409] < 5); round += 1) {
      const number = await api.newAssigned(parent, child);
      let answered = false;
      const unassigning = api.as(parent, 'DELETE', `${number.path}/assign-subaccount`).finally(() => {
        answered = true;
      });
      await turns(random(60));
      const outcomes = await callOn(number, () => answered);
      const { status } = await unassigning;
      const admitted = outcomes.filter(({ result }) => result === 'ok');
      const holders = new Set(admitted.map(({ subAccountId }) => subAccountId));
      const what = `seed ${seed}, round ${round}: ${status}, ${JSON.stringify(outcomes)}`;
      expect([204, 409], what).toContain(status);
      // Let go: no call of the sub-account was ever admitted. Refused: there was one, and it still has the number.
      if (status === 204) expect(holders.has(child.account.id), what).toBe(false);
      else expect([...holders], what).toEqual([child.account.id]);
      const [row] = await api.sql('select sub_account_id from numbers where id = $1', [number.id]);
      expect(row.sub_account_id, what).toBe(status === 204 ? null : child.account.id);
      seen[status as 204 | 409] += 1;
      seen.moving += outcomes.filter(({ result }) => result === 'moving').length;
      seen.calls += outcomes.length;
    }
    expect(seen[204], `seed ${seed}: ${JSON.stringify(seen)}`).toBeGreaterThanOrEqual(5);
    expect(seen[409], `seed ${seed}: ${JSON.stringify(seen)}`).toBeGreaterThanOrEqual(5);
    expect(seen.moving, `seed ${seed}: ${JSON.stringify(seen)}`).toBeGreaterThan(0);
  }, 60_000);

  it('invariant 4 holds while call after call hits the number being unassigned', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    expect((await call(number)).result).toBe('ok');
    let stop = false;
    const calling = callOn(number, () => stop);
    for (let attempt = 0; attempt < 30; attempt += 1) {
      expect((await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`)).status).toBe(409);
    }
    const forced = await api.as(await api.newForce(parent.account), 'DELETE', `${number.path}/assign-subaccount?force=true`);
    expect(forced.status, forced.text).toBe(204);
    stop = true;
    const outcomes = await calling;
    // Some 300 calls/s on a machine with nothing else to do.
    expect(outcomes.length).toBeGreaterThan(60);
    const admitted = outcomes.filter(({ result }) => result === 'ok');
    // Once the new holder was called, the old one never was again.
    const first = admitted.findIndex(({ subAccountId }) => subAccountId === null);
    expect(admitted.slice(first < 0 ? admitted.length : first).every(({ subAccountId }) => subAccountId === null)).toBe(true);
    expect((await call(number)).subAccountId).toBeNull();
  });
});

it('a call is refused while its number is frozen, and let through when the token is given back or after its time', async () => {
  const { parent } = await api.newFamily();
  const number = await api.newOwn(parent);
  expect((await api.deps.fence.freeze([number.id], 'one')).status).toBe('frozen');
  expect((await api.deps.fence.freeze([number.id], 'two')).status).toBe('frozen');
  expect((await call(number)).result).toBe('moving');
  await api.deps.fence.release([number.id], 'one');
  expect((await call(number)).result).toBe('moving');
  await api.deps.fence.release([number.id], 'two');
  expect((await call(number)).result).toBe('ok');
  await api.deps.fence.freeze([number.id], 'three');
  const ttl = await plane.redis.pttl((await plane.redis.keys('*freeze:*'))[0] ?? '');
  expect(ttl).toBeGreaterThan(8000);
  expect(ttl).toBeLessThanOrEqual(10_000);
});
