import { randomInt } from 'node:crypto';
import { createAccount } from '../../src/app/accounts/create-account.ts';
import { creditAccount } from '../../src/app/accounts/credit-account.ts';
import { createTrunkGroup } from '../../src/app/trunk-groups/create-trunk-group.ts';
import type { Account } from '../../src/domain/account.ts';
import { newId } from '../../src/kit/ids.ts';
import { ok, type Result } from '../../src/kit/result.ts';
import { type Keeper, openKeeper } from '../app/routing/plane-fixture.ts';
import { createTestDatabase, createTestRedis } from '../support/services.ts';
import { actorOf, openParts, type Parts, type Urls } from './open-parts.ts';
import { type OperationName, perform, type Request } from './operations.ts';

/** What a purchase of a number of this site costs. */
export const PRICE = 300;
const CREDIT = 100_000_000;
const STAMP = { kind: 'system', id: 'faults', accountId: null, requestId: 'faults', ip: null };

/** A database and a Redis with one buyer, its sub-account and its trunk group; numbers come as they are needed. */
export interface ChangeSite {
  readonly urls: Urls;
  readonly parts: Parts;
  /** The worker that outlives the crashes. */
  readonly keeper: Keeper;
  readonly buyer: Account;
  /** A request of the operation on a number of its own, which is where the operation needs it. */
  prepare(operation: OperationName): Promise<Request>;
  close(): Promise<void>;
}

/** What a number needs before the operation. */
const STEPS: Readonly<Record<OperationName, readonly OperationName[]>> = {
  purchase: [],
  order: [],
  patch: ['purchase'],
  release: ['purchase'],
  'assign-sub-account': ['purchase'],
  'unassign-sub-account': ['purchase', 'assign-sub-account'],
  'assign-trunk-group': ['purchase'],
  'unassign-trunk-group': ['purchase', 'assign-trunk-group'],
};

export async function openChangeSite(): Promise<ChangeSite> {
  const database = await createTestDatabase('faults');
  const redis = await createTestRedis();
  const urls: Urls = { database: database.url, redis: redis.url };
  const keeper = await openKeeper(urls);
  await keeper.keep();
  const parts = await openParts(urls);
  const open = async (parentId: string | null): Promise<Account> =>
    changedValue(
      await createAccount(parts, actorOf(null), {
        name: 'Buyer',
        kind: parentId === null ? 'account' : 'sub_account',
        parentId,
        currency: null,
        country: null,
      }),
    ).account;
  const buyer = await open(null);
  const subAccount = await open(buyer.id);
  const credit = { accountId: buyer.id, amountMinor: CREDIT, note: 'faults', mode: 'live', allowNegative: false } as const;
  changedValue(await creditAccount(parts, actorOf(null), credit));
  await listen(parts, buyer);
  const group = changedValue(await createTrunkGroup(parts, actorOf(null), { ...GROUP, accountId: buyer.id }));
  return {
    urls,
    parts,
    keeper,
    buyer,
    async prepare(operation) {
      const { id: numberId, e164 } = await newStock(parts);
      const about = { account: buyer, numberId, e164, subAuthId: subAccount.authId, trunkGroupId: group.id };
      for (const step of STEPS[operation]) {
        const answered = await perform(parts, { ...about, operation: step, key: newId() });
        if (answered.status !== 'done') throw new Error(`${step} before ${operation}: ${JSON.stringify(answered)}`);
      }
      return { ...about, operation, key: newId() };
    },
    async close() {
      await parts.close();
      await keeper.close();
      await redis.close();
      await database.close();
    },
  };
}

/** A webhook that hears of everything the buyer and its sub-account do; nobody delivers. */
async function listen({ unitOfWork, clock }: Parts, buyer: Account): Promise<void> {
  const at = clock.now();
  const webhook = {
    id: newId(),
    accountId: buyer.id,
    mode: 'live',
    format: 'standard',
    url: 'https://hooks.example.com/',
    description: null,
    eventTypes: ['*'],
    includeSubAccounts: true,
    disabledReason: null,
    failingSince: null,
    secretSealed: 'sealed',
    previousSecret: null,
    groupId: null,
    version: 1,
    createdAt: at,
    updatedAt: at,
  } as const;
  await unitOfWork.change(STAMP, async (tx) => ok(await tx.webhooks.insert(webhook)));
}

const GROUP = {
  name: 'Office',
  kind: 'customer',
  mode: 'live',
  enabled: true,
  numberFormat: null,
  country: null,
  acl: [],
  gateways: [{ uri: 'sip:192.0.2.1:5060', priority: 0, weight: 1, enabled: true }],
} as const;

async function newStock({ unitOfWork, clock }: Parts): Promise<{ readonly id: string; readonly e164: string }> {
  const row = {
    id: newId(),
    e164: `+4420${String(randomInt(1e8)).padStart(8, '0')}`,
    mode: 'live',
    country: 'GB',
    type: 'local',
    region: null,
    capabilities: ['voice'],
    setupFeeMinor: 100,
    monthlyFeeMinor: 200,
    currency: 'USD',
    carrierTrunkGroupId: null,
  } as const;
  await unitOfWork.change(STAMP, async (tx) => ok(await tx.numbers.putInventory([row], clock.now())));
  return row;
}

function changedValue<T>(done: Result<{ readonly value: T }, unknown>): T {
  if (!done.ok) throw new Error(`refused: ${JSON.stringify(done.error)}`);
  return done.value.value;
}
