import type { Actor } from '../../src/app/actor.ts';
import type { Changed } from '../../src/app/change.ts';
import { assignToSubAccount } from '../../src/app/numbers/assign-to-sub-account.ts';
import { purchaseNumber } from '../../src/app/numbers/purchase-number.ts';
import { releaseNumber } from '../../src/app/numbers/release-number.ts';
import { unassignFromSubAccount } from '../../src/app/numbers/unassign-from-sub-account.ts';
import { updateNumber } from '../../src/app/numbers/update-number.ts';
import { createOrder } from '../../src/app/orders/create-order.ts';
import { assignTrunkGroup } from '../../src/app/trunk-groups/assign-trunk-group.ts';
import { unassignTrunkGroup } from '../../src/app/trunk-groups/unassign-trunk-group.ts';
import type { Account } from '../../src/domain/account.ts';
import type { RequestRefusal } from '../../src/domain/request-refusal.ts';
import type { Result } from '../../src/kit/result.ts';
import { actorOf, onceOf, type Parts } from './open-parts.ts';

export const OPERATIONS = [
  'purchase',
  'patch',
  'assign-sub-account',
  'unassign-sub-account',
  'assign-trunk-group',
  'unassign-trunk-group',
  'release',
  'order',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** POSTs carry a key; a DELETE or PATCH that is sent again finds its effect done instead. */
export const isKeyed = (operation: OperationName): boolean =>
  ['purchase', 'order', 'assign-sub-account', 'assign-trunk-group'].includes(operation);

/** One request: who asks for what on which number, and its idempotency key. Travels to child processes. */
export interface Request {
  readonly operation: OperationName;
  readonly account: Account;
  readonly numberId: string;
  readonly e164: string;
  readonly subAuthId: string;
  readonly trunkGroupId: string;
  readonly key: string;
}

/** How a request was answered; `done` with `replayed` when its answer was kept from before. */
export interface Answered {
  readonly status: 'done' | 'refused';
  readonly replayed: boolean;
  /** The kept answer, or the refusal. */
  readonly body: unknown;
}

type Run = (parts: Parts, actor: Actor, request: Request) => Promise<Result<Changed<unknown>, RequestRefusal>>;

const RUNS: Readonly<Record<OperationName, Run>> = {
  purchase: (parts, actor, { numberId }) => purchaseNumber(parts, actor, numberId),
  patch: (parts, actor, { numberId }) =>
    updateNumber(parts, actor, { numberId, patch: { allowOutbound: true }, by: 'tenant', ifVersion: null }),
  'assign-sub-account': (parts, actor, { numberId, subAuthId }) =>
    assignToSubAccount(parts, actor, { number: { numberId }, subAuthId, force: false }),
  'unassign-sub-account': (parts, actor, { numberId }) => unassignFromSubAccount(parts, actor, { number: { numberId }, force: false }),
  'assign-trunk-group': (parts, actor, { numberId, trunkGroupId }) => assignTrunkGroup(parts, actor, { numberId, trunkGroupId }),
  'unassign-trunk-group': (parts, actor, { numberId }) => unassignTrunkGroup(parts, actor, { numberId }),
  release: (parts, actor, { numberId }) => releaseNumber(parts, actor, { number: { numberId }, ifVersion: null }),
  order: (parts, actor, { e164 }) => createOrder(parts, actor, { ...PLAIN_ORDER, e164s: [e164] }),
};

const PLAIN_ORDER = { customerReference: null, trunkGroupExtId: null, messagingProfileId: null, billingGroupId: null, isRetry: false };

/** Does what the HTTP base does for a request with a key: the kept answer if there is one, else the use case, once. */
export async function perform(parts: Parts, request: Request): Promise<Answered> {
  const { account, key, ...asked } = request;
  if (!isKeyed(request.operation)) return answerOf(await RUNS[request.operation](parts, actorOf(account), request));
  const once = onceOf(parts, account, key, asked);
  const kept = await once.find();
  if (!kept.ok) return { status: 'refused', replayed: false, body: kept.error };
  if (kept.value !== null) return { status: 'done', replayed: true, body: kept.value };
  once.answering(({ value }) => ({ status: 201, body: value === undefined ? null : 'done' }));
  const done = await RUNS[request.operation](parts, actorOf(account, once), request);
  const found = once.found();
  if (found?.ok === true) return { status: 'done', replayed: true, body: found.value };
  return answerOf(done);
}

const answerOf = (done: Result<Changed<unknown>, RequestRefusal>): Answered =>
  done.ok ? { status: 'done', replayed: false, body: null } : { status: 'refused', replayed: false, body: done.error };
