import type { NumberStore } from '../app/ports/store.ts';
import { type Holder, sameHolder } from '../domain/account.ts';
import type { PhoneNumber } from '../domain/number.ts';
import { isUuid, newId } from '../kit/ids.ts';
import { isExtId } from './ext-id.ts';
import { limitValues, minutesValue } from './limit-columns.ts';
import { countNumbers, listNumbers, listNumbersByOffset } from './number-lists.ts';
import { saveNumbers } from './number-moves.ts';
import { NUMBER_COLUMNS, type NumberRow, toNumber } from './number-rows.ts';
import { listStock, putInventory } from './number-stock.ts';
import { PLANNED_ONCE } from './planned-once.ts';
import type { Queryable } from './pool.ts';
import { stockLevels } from './stock-levels.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { writeLater } from './write-behind.ts';

/** The numbers of one transaction. */
export function numberStore(db: Queryable): NumberStore {
  const many = async (condition: string, values: unknown[], how = ''): Promise<readonly PhoneNumber[]> =>
    (await db.query<NumberRow>(`${how} select ${NUMBER_COLUMNS} from numbers where ${condition}`, values)).rows.map(toNumber);
  return {
    get: async (id) => (isUuid(id) ? ((await many('id = $1', [id]))[0] ?? null) : null),
    byE164: async (mode, e164) => (await many('e164 = $1 and mode = $2', [e164, mode]))[0] ?? null,
    lock: async (id) => (isUuid(id) ? ((await many('id = $1 for no key update', [id], PLANNED_ONCE))[0] ?? null) : null),
    lockMany: (ids) => many('id = any($1::uuid[]) order by id for no key update', [ids]),
    lockManyByE164: (mode, e164s) => many('e164 = any($1::text[]) and mode = $2 order by id for no key update', [e164s, mode]),
    byExtId: async (extId) => (isExtId(extId) ? ((await many('ext_id = $1::bigint', [extId]))[0] ?? null) : null),
    named: (mode, by, names) =>
      by === 'e164'
        ? many('e164 = any($1::text[]) and mode = $2', [names, mode])
        : many('ext_id = any($1::bigint[]) and mode = $2', [names.filter(isExtId), mode]),
    save: (before, after, reason) => saveNumber(db, before, after, reason),
    async saveAll(moves, reason) {
      const [only] = moves;
      if (only !== undefined && moves.length === 1) await saveNumber(db, only.before, only.after, reason);
      else await saveNumbers(db, moves, reason);
    },
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
  const isMoved = !sameHands(before.holder, after.holder);
  if (isMoved && before.holder !== null) await closeHistory(db, after);
  const isTaken = isMoved && after.holder !== null;
  await writeLater(db, {
    name: 'saved_number',
    text: isTaken ? TAKE : SAVE,
    values: isTaken ? [...savedValues(before, after), newId(), reason] : savedValues(before, after),
    onRows(rows) {
      if (rows.length !== 1) throw new Error(`number ${before.id} was saved without its lock: version ${before.version} is gone`);
    },
  });
}

const UPDATE = `
    update numbers set
       owner_account_id = $3, sub_account_id = $4, lifecycle = $5, suspended_by = $6, available_at = $7, last_owner_account_id = $8,
       last_sub_account_id = $9, allow_inbound = $10, allow_outbound = $11, endpoint_id = $12, trunk_group_id = $13, tags = $14,
       customer_reference = $15, deletion_lock = $16, last_call_at = greatest(last_call_at, $17), purchased_at = $18, version = $19,
       updated_at = $20, max_channels = $21, max_cps = $22, max_call_seconds = $23, billing_group_id = $24, reserved_until = $25,
       reserved_owner_account_id = $26, reserved_sub_account_id = $27, reserved_as = $28, suspension_aside = $29, minutes_per_day = $30
  where id = $1 and version = $2`;

const SAVE = `saved_number as (${UPDATE} returning 1)`;

const TAKE = `taken_number as (${UPDATE} returning id, owner_account_id, sub_account_id, updated_at),
  saved_number as (
    insert into number_holders (id, number_id, owner_account_id, sub_account_id, from_at, reason)
    select $31, id, owner_account_id, sub_account_id, updated_at, $32 from taken_number
    returning 1)`;

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
  after.suspensionAside ?? false,
  minutesValue(after),
];

const sameHands = (a: Holder | null, b: Holder | null): boolean => (a === null && b === null) || sameHolder(a, b);

async function closeHistory(db: Queryable, { id, updatedAt, lastCallAt }: PhoneNumber): Promise<void> {
  const close = 'update number_holders set to_at = greatest(from_at, $2), last_call_at = $3 where number_id = $1 and to_at is null';
  await db.query(close, [id, timestamp(updatedAt), timestampOrNull(lastCallAt)]);
}
