import type { Actor } from '../../../src/app/actor.ts';
import { createOrder } from '../../../src/app/orders/create-order.ts';
import type { NewJob } from '../../../src/app/ports/jobs.ts';
import { submitGroup } from '../../../src/app/requirements/change-group.ts';
import { createGroup } from '../../../src/app/requirements/create-group.ts';
import { takeOrders } from '../../../src/compose/take-orders.ts';
import type { LeaseScope } from '../../../src/domain/lease.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { ok } from '../../../src/kit/result.ts';
import { createAgentOrders } from '../../../src/redis/agent-inbox.ts';
import { createAgentRegistry } from '../../../src/redis/agents.ts';
import { assertLeases } from '../../../src/redis/leases.ts';
import { createSipBans } from '../../../src/redis/sip-bans.ts';
import { changedValue, type TestAccount } from '../../support/api-harness.ts';
import type { AdminApi } from './admin-api.ts';

const STAMP = { kind: 'system', id: 'test', accountId: null, requestId: 'test', ip: null };

/** Orders a job that nobody works on; returns its id. */
export async function aJob(api: AdminApi, changes: Partial<NewJob> = {}): Promise<string> {
  const at = api.clock.now();
  const numberId = newId();
  const payload = {
    numberId,
    e164: '+442071838750',
    mode: 'live',
    accountId: newId(),
    trunkGroupId: newId(),
    epoch: 2,
    leftAt: at,
  } as const;
  const job = { queue: 'trunk-group-unassign', key: newId(), payload, dueAt: at, accountId: null, numberId, at, ...changes } as const;
  const done = await api.deps.unitOfWork.change(STAMP, async (tx) => ok(await tx.jobs.enqueue(job)));
  if (!done.ok) throw new Error('refused');
  return done.value.value.id;
}

/** The body of a comment on the order of a number that `owner`, or anybody, has just bought. */
export async function aComment(api: AdminApi, owner?: TestAccount): Promise<Record<string, string>> {
  const { id } = await api.newNumber((owner ?? (await api.newAccount())).key);
  const [item] = await api.sql('select sub_order_id from order_items where number_id = $1', [id]);
  return { comment_record_type: 'sub_number_order', comment_record_id: item.sub_order_id, body: 'Hello.' };
}

/** An ordered number of a country whose numbers need something; returns the id of its item. */
export async function aWaitingItem(api: AdminApi, stock: { readonly country: string }): Promise<string> {
  const [{ account }, { e164 }] = [await api.newAccount(), await api.newStock(stock)];
  const actor: Actor = { ...api.platform, kind: 'key', account };
  const plain = { customerReference: null, trunkGroupExtId: null, messagingProfileId: null, billingGroupId: null, isRetry: false };
  const { order } = changedValue(
    await createOrder({ ...api.deps, requireSearch: false, searchValidMs: 0 }, actor, { ...plain, e164s: [e164] }),
  );
  return order.items[0]?.id ?? '';
}

/** The record of a call that has not ended. */
export async function anOpenCall(api: AdminApi, agentId: string): Promise<string> {
  const callId = newId();
  const attempt = { callId, seq: 1, agentId, at: api.clock.now(), n: 1, trunkGroupId: null, gatewayId: null, uri: 'sip:a', sipCallId: 'x' };
  await api.folder.fold([{ ...attempt, type: 'attempt', leases: [] }]);
  return callId;
}

/** A channel of a limit, held by a call that has one of nothing else; returns its id. */
export async function aLease(api: AdminApi, agentId: string, ...leases: readonly LeaseScope[]): Promise<string> {
  const callId = newId();
  await assertLeases(api.parts.redis, [{ callId, agentId, since: api.clock.now(), numberIds: [], leases }]);
  return callId;
}

/** Reads the real inbox of an agent and says of every call that it was ended, and of every lease that it is forgotten; `asked` has the ids. */
export function standInAgent(
  api: AdminApi,
  agentId: string,
  traced: Readonly<Record<string, readonly object[]>> = {},
): { readonly asked: string[]; stop(): Promise<void> } {
  const { redis } = api.parts;
  const blocking = redis.duplicate({ enableOfflineQueue: true });
  const asked: string[] = [];
  const agent = {
    async hangUp(callId: string) {
      asked.push(callId);
      return 'ended' as const;
    },
    async trace(sipCallIds: readonly string[]) {
      asked.push(...sipCallIds);
      const messages = sipCallIds.flatMap((id) => traced[id] ?? []);
      return [JSON.stringify({ messages, left: 0 })];
    },
    forgetLease(callId: string) {
      asked.push(callId);
      return 'released' as const;
    },
  };
  const loop = takeOrders({ orders: createAgentOrders({ redis, blocking, agentId }), agent, log: silentLogger });
  return {
    asked,
    async stop() {
      await loop.stop();
      blocking.disconnect();
    },
  };
}

/** A requirement group that waits for its review, of a country whose numbers need nothing. */
export async function aReview(api: AdminApi): Promise<string> {
  const { account } = await api.newAccount({ creditMinor: 0 });
  const actor = { ...api.platform, kind: 'key', id: newId(), account } as const;
  const input = { country: 'ZX', numberType: 'local', customerReference: null, values: [] } as const;
  const { id } = changedValue(await createGroup(api.deps, actor, input));
  return changedValue(await submitGroup(api.deps, actor, id)).id;
}

/** A message of a call as an engine tells it. */
export const aTracedMessage = (callId: string, changes: object = {}): object => ({
  call_id: callId,
  at: Date.parse('2026-03-01T10:00:00.250Z'),
  direction: 'in',
  transport: 'udp',
  address: '192.0.2.7',
  port: 5060,
  text: 'INVITE sip:+442071838750@example.com SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\nv=0',
  ...changes,
});

/** Makes an agent count as alive. */
export const aLiveAgent = (api: AdminApi, agentId: string): Promise<unknown> =>
  createAgentRegistry(api.parts.redis).heartbeat(agentId, { epoch: 1, mode: 'normal' });

/** Bans an address. */
export async function aSipBan(api: AdminApi, address = '192.0.2.7'): Promise<string> {
  await createSipBans(api.parts.redis).fail(address, { failuresMax: 1, windowMs: 1000, banMs: 60_000 });
  return address;
}
