import type { NumberStore } from '../app/ports/store.ts';
import { type Holder, sameHolder } from '../domain/account.ts';
import type { PhoneNumber } from '../domain/number.ts';
import { isUuid, newId } from '../kit/ids.ts';
import { isExtId } from './ext-id.ts';
import { limitValues } from './limit-columns.ts';
import { countNumbers, listNumbers, listNumbersByOffset } from './number-lists.ts';
import { saveNumbers } from './number-moves.ts';
import { NUMBER_COLUMNS, type NumberRow, toNumber } from './number-rows.ts';
import { listStock, putInventory, stockLevels } from './number-stock.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';

/** The numbers of one transaction. */
export function numberStore(db: Queryable): NumberStore {
  const many = async (condition: string, values: unknown[]): Promise<readonly PhoneNumber[]> =>
    (await db.query<NumberRow>(`select ${NUMBER_COLUMNS} from numbers where ${condition}`, values)).rows.map(toNumber);
  return {
    get: async (id) => (isUuid(id) ? ((await many('id = $1', [id]))[0] ?? null) : null),
    byE164: async (mode, e164) => (await many('e164 = $1 and mode = $2', [e164, mode]))[0] ?? null,
    lock: async (id) => (isUuid(id) ? ((await many('id = $1 for no key update', [id]))[0] ?? null) : null),
    lockMany: (ids) => many('id = any($1::uuid[]) order by id for no key update', [ids]),
    lockManyByE164: (mode, e164s) => many('e164 = any($1::text[]) and mode = $2 order by id for no key update', [e164s, mode]),
    byExtId: async (extId) => (isExtId(extId) ? ((await many('ext_id = $1::bigint', [extId]))[0] ?? null) : null),
    named: (mode, by, names) =>
      by === 'e164'
        ? many('e164 = any($1::text[]) and mode = $2', [names, mode])
        : many('ext_id = any($1::bigint[]) and mode = $2', [names.filter(isExtId), mode]),
    save: (before, after, reason) => saveNumber(db, before, after, reason),
    saveAll: (moves, reason) => saveNumbers(db, moves, reason),
    list: (filter, page) => listNumbers(db, filter, page),
    listByOffset: (filter, page, sort) => listNumbersByOffset(db, filter, page, sort),
    stock: (filter, page) => listStock(db, filter, page),
    stockLevels: (filter, groupBy, countMax) => stockLevels(db, filter, groupBy, countMax),
    putInventory: (rows, at) => putInventory(db, rows, at),
    countUsing: (use) => countNumbers(db, use),
    lockUsingEndpoint: (endpointId) => many('endpoint_id = $1 order by id for no key update', [endpointId]),
    lockUsingTrunkGroup: (trunkGroupId) => many('trunk_group_id = $1 order by id for no key update', [trunkGroupId]),
  };
}

/** Numbers of these ids, owned or not; unknown ids are left out. */
export async function numbersByIds(db: Queryable, ids: readonly string[]): Promise<readonly PhoneNumber[]> {
  const { rows } = await db.query<NumberRow>(`select ${NUMBER_COLUMNS} from numbers where id = any($1::uuid[])`, [ids]);
  return rows.map(toNumber);
}

/** Writes what a holder, the platform or a change of hands may move. The last call is the drain's and only ever moves forward. */
async function saveNumber(db: Queryable, before: PhoneNumber, after: PhoneNumber, reason: string): Promise<void> {
  if (after.id !== before.id) throw new Error('a number is saved over another one');
  const { rowCount } = await db.query(
    `update numbers set
       owner_account_id = $3, sub_account_id = $4, lifecycle = $5, suspended_by = $6, available_at = $7, last_owner_account_id = $8,
       last_sub_account_id = $9, allow_inbound = $10, allow_outbound = $11, endpoint_id = $12, trunk_group_id = $13, tags = $14,
       customer_reference = $15, deletion_lock = $16, last_call_at = greatest(last_call_at, $17), purchased_at = $18, version = $19,
       updated_at = $20, max_channels = $21, max_cps = $22, billing_group_id = $23, reserved_until = $24, reserved_owner_account_id = $25,
       reserved_sub_account_id = $26, reserved_as = $27
     where id = $1 and version = $2`,
    savedValues(before, after),
  );
  if (rowCount !== 1) throw new Error(`number ${before.id} was saved without its lock: version ${before.version} is gone`);
  if (!sameHands(before.holder, after.holder)) await writeHistory(db, before, after, reason);
}

const savedValues = (before: PhoneNumber, after: PhoneNumber): unknown[] => [
  before.id,
  before.version,
  after.holder?.ownerAccountId ?? null,
  after.holder?.subAccountId ?? null,
  after.lifecycle,
  after.suspendedBy,
  timestampOrNull(after.availableAt),
  after.lastHolder?.ownerAccountId ?? null,
  after.lastHolder?.subAccountId ?? null,
  after.allowInbound,
  after.allowOutbound,
  after.endpointId,
  after.trunkGroupId,
  after.tags,
  after.customerReference,
  after.deletionLock,
  timestampOrNull(after.lastCallAt),
  timestampOrNull(after.purchasedAt),
  after.version,
  timestamp(after.updatedAt),
  ...limitValues(after),
  after.billingGroupId ?? null,
  timestampOrNull(after.reserved?.until ?? null),
  after.reserved?.holder.ownerAccountId ?? null,
  after.reserved?.holder.subAccountId ?? null,
  after.reserved?.as ?? null,
];

const sameHands = (a: Holder | null, b: Holder | null): boolean => (a === null && b === null) || sameHolder(a, b);

async function writeHistory(db: Queryable, before: PhoneNumber, after: PhoneNumber, reason: string): Promise<void> {
  const at = timestamp(after.updatedAt);
  if (before.holder !== null) {
    const close = 'update number_holders set to_at = greatest(from_at, $2), last_call_at = $3 where number_id = $1 and to_at is null';
    await db.query(close, [after.id, at, timestampOrNull(after.lastCallAt)]);
  }
  if (after.holder === null) return;
  await db.query(
    'insert into number_holders (id, number_id, owner_account_id, sub_account_id, from_at, reason) values ($1, $2, $3, $4, $5, $6)',
    [newId(), after.id, after.holder.ownerAccountId, after.holder.subAccountId, at, reason],
  );
}
