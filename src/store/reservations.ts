import type { AllReservationsFilter, ReservationFilter, ReservationStore } from '../app/ports/reservations.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from '../app/ports/store.ts';
import type { Mode } from '../domain/records.ts';
import type { Reservation, ReservedNumber } from '../domain/reservation.ts';
import { isUuid } from '../kit/ids.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { Where } from './where.ts';

interface ReservationRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  status: Reservation['status'];
  customer_reference: string | null;
  extensions: number;
  created_at: number;
  updated_at: number;
}
interface ItemRow {
  id: string;
  reservation_id: string;
  e164: string;
  number_id: string | null;
  error: ReservedNumber['error'];
  expired_at: number | null;
  created_at: number;
  updated_at: number;
}

const COLUMNS =
  'r.id, r.mode, r.owner_account_id, r.sub_account_id, r.status, r.customer_reference, r.extensions, r.created_at, r.updated_at';
const ITEMS = `select id, reservation_id, e164, number_id, error, expired_at, created_at, updated_at
  from reserved_numbers where reservation_id = any($1::uuid[]) order by reservation_id, position`;

/** The reservations of one transaction. */
export function reservationStore(db: Queryable): ReservationStore {
  const get = async (id: string): Promise<Reservation | null> => {
    if (!isUuid(id)) return null;
    const { rows } = await db.query<ReservationRow>(`select ${COLUMNS} from number_reservations r where id = $1`, [id]);
    return (await withItems(db, rows))[0] ?? null;
  };
  return {
    get,
    async lock(id) {
      if (!isUuid(id)) return null;
      // Locked first, read after: the reading statements see what the one who held the lock has written.
      await db.query('select 1 from number_reservations where id = $1 for no key update', [id]);
      return get(id);
    },
    insert: (reservation) => insertReservation(db, reservation),
    async extend(before, after) {
      const { id, extensions, updatedAt } = after;
      await db.query('update number_reservations set extensions = $2, updated_at = $3 where id = $1', [
        id,
        extensions,
        timestamp(updatedAt),
      ]);
      const changed = after.numbers.filter((item, index) => item !== before.numbers[index]);
      await db.query(
        `update reserved_numbers i set expired_at = r.expired_at, updated_at = r.updated_at
           from json_to_recordset($1::json) as r (id uuid, expired_at timestamptz, updated_at timestamptz) where i.id = r.id`,
        [JSON.stringify(changed.map((item, index) => itemRow(after, item, index)))],
      );
      await keep(db, after, changed);
    },
    list: (filter, page) => listReservations(db, filter, page),
    listAll: (filter, page) => listAllReservations(db, filter, page),
    async countActive(ownerAccountId, mode, at) {
      const { rows } = await db.query<{ n: number }>(
        'select count(*) as n from numbers where reserved_owner_account_id = $1 and reserved_until > $2 and mode = $3',
        [ownerAccountId, timestamp(at), mode],
      );
      return rows[0]?.n ?? 0;
    },
  };
}

async function insertReservation(db: Queryable, reservation: Reservation): Promise<void> {
  const { id, mode, holder, status, customerReference, extensions, createdAt, updatedAt, numbers } = reservation;
  await db.query(
    `insert into number_reservations (id, mode, owner_account_id, sub_account_id, status, customer_reference, extensions, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      mode,
      holder.ownerAccountId,
      holder.subAccountId,
      status,
      customerReference,
      extensions,
      timestamp(createdAt),
      timestamp(updatedAt),
    ],
  );
  await db.query(
    `insert into reserved_numbers (id, reservation_id, position, e164, number_id, error, expired_at, created_at, updated_at)
     select id, reservation_id, position, e164, number_id, error, expired_at, created_at, updated_at
       from json_to_recordset($1::json) as r (id uuid, reservation_id uuid, position smallint, e164 text, number_id uuid, error text,
         expired_at timestamptz, created_at timestamptz, updated_at timestamptz)`,
    [JSON.stringify(numbers.map((item, position) => itemRow(reservation, item, position)))],
  );
  await keep(db, reservation, numbers);
}

/** The numbers themselves say for whom they are kept; their version stays: no record tells of a number in stock. */
async function keep(db: Queryable, { holder }: Reservation, items: readonly ReservedNumber[]): Promise<void> {
  const kept = items.filter(({ numberId }) => numberId !== null);
  const { rowCount } = await db.query(
    `update numbers n set reserved_until = r.until, reserved_owner_account_id = $2, reserved_sub_account_id = $3, reserved_as = r.id
       from json_to_recordset($1::json) as r (id uuid, number_id uuid, until timestamptz)
      where n.id = r.number_id and n.lifecycle = 'available'`,
    [
      JSON.stringify(kept.map(({ id, numberId, expiredAt }) => ({ id, number_id: numberId, until: timestampOrNull(expiredAt) }))),
      holder.ownerAccountId,
      holder.subAccountId,
    ],
  );
  if (rowCount !== kept.length) throw new Error('numbers were reserved without their locks');
}

const itemRow = ({ id: reservationId }: Reservation, item: ReservedNumber, position: number) => ({
  id: item.id,
  reservation_id: reservationId,
  position,
  e164: item.e164,
  number_id: item.numberId,
  error: item.error,
  expired_at: timestampOrNull(item.expiredAt),
  created_at: timestamp(item.createdAt),
  updated_at: timestamp(item.updatedAt),
});

const timeOrNone = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timestamp(ms));

async function listReservations(db: Queryable, filter: ReservationFilter, page: OffsetRequest): Promise<OffsetPage<Reservation>> {
  const where = holderConditions(filter, 'r')
    .when('r.status = any(?::text[])', filter.statuses)
    .when('r.created_at > ?', timeOrNone(filter.createdAfter))
    .when('r.created_at < ?', timeOrNone(filter.createdBefore))
    .when('r.customer_reference = ?', filter.customerReference)
    .when('r.id in (select reservation_id from reserved_numbers where e164 = ?)', filter.e164);
  const counted = await db.query<{ total: number }>(`select count(*) as total from number_reservations r ${where.text}`, [...where.values]);
  const text = `select ${COLUMNS} from number_reservations r ${where.text}
    order by r.created_at desc, r.id desc limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
  const { rows } = await db.query<ReservationRow>(text, where.values);
  return { rows: await withItems(db, rows), total: counted.rows[0]?.total ?? 0 };
}

async function listAllReservations(db: Queryable, filter: AllReservationsFilter, page: PageRequest): Promise<readonly Reservation[]> {
  const where = new Where()
    .when('coalesce(r.sub_account_id, r.owner_account_id) = ?', filter.accountId)
    .when('r.mode = ?', filter.mode)
    .when('r.id in (select reservation_id from reserved_numbers where e164 = ?)', filter.e164)
    .after('r.created_at', 'r.id', page.after);
  const text = `select ${COLUMNS} from number_reservations r ${where.text} order by r.created_at, r.id limit ${where.bind(page.limit)}`;
  return withItems(db, (await db.query<ReservationRow>(text, where.values)).rows);
}

async function withItems(db: Queryable, rows: readonly ReservationRow[]): Promise<readonly Reservation[]> {
  if (rows.length === 0) return [];
  const items = (await db.query<ItemRow>(ITEMS, [rows.map(({ id }) => id)])).rows;
  return rows.map((row) => ({
    id: row.id,
    mode: row.mode,
    holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
    status: row.status,
    customerReference: row.customer_reference,
    extensions: row.extensions,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    numbers: items.filter(({ reservation_id }) => reservation_id === row.id).map(toItem),
  }));
}

const toItem = (row: ItemRow): ReservedNumber => ({
  id: row.id,
  e164: row.e164,
  numberId: row.number_id,
  error: row.error,
  expiredAt: row.expired_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
