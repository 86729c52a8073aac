import { sameHolder } from '../domain/account.ts';
import type { PhoneNumber } from '../domain/number.ts';
import type { NumberMove } from '../domain/order-create.ts';
import { newId } from '../kit/ids.ts';
import { PLANNED_ONCE } from './planned-once.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';

/** Saves many numbers that are locked, with their histories, in three statements; what `numbers.save` does for one. */
export async function saveNumbers(db: Queryable, moves: readonly NumberMove[], reason: string): Promise<void> {
  if (moves.length === 0) return;
  const { rowCount } = await db.query(UPDATE, [JSON.stringify(moves.map(rowOf))]);
  if (rowCount !== moves.length) throw new Error('numbers were saved without their locks: versions are gone');
  const moved = moves.filter(({ before, after }) => before.holder !== after.holder && !sameHolder(before.holder, after.holder));
  const left = moved.filter(({ before }) => before.holder !== null);
  if (left.length > 0) await db.query(CLOSE, [JSON.stringify(left.map(rowOf))]);
  const taken = moved.filter(({ after }) => after.holder !== null).map((move) => ({ ...rowOf(move), history_id: newId() }));
  if (taken.length > 0) await db.query(OPEN, [JSON.stringify(taken), reason]);
}

const rowOf = ({ before, after }: NumberMove) => {
  if (after.id !== before.id) throw new Error('a number is saved over another one');
  return { id: before.id, old_version: before.version, ...columnsOf(after) };
};

const columnsOf = (after: PhoneNumber) => ({
  owner: after.holder?.ownerAccountId ?? null,
  sub: after.holder?.subAccountId ?? null,
  lifecycle: after.lifecycle,
  suspended_by: after.suspendedBy,
  available_at: timestampOrNull(after.availableAt),
  last_owner: after.lastHolder?.ownerAccountId ?? null,
  last_sub: after.lastHolder?.subAccountId ?? null,
  allow_inbound: after.allowInbound,
  allow_outbound: after.allowOutbound,
  endpoint_id: after.endpointId,
  trunk_group_id: after.trunkGroupId,
  tags: after.tags,
  customer_reference: after.customerReference,
  deletion_lock: after.deletionLock,
  last_call_at: timestampOrNull(after.lastCallAt),
  purchased_at: timestampOrNull(after.purchasedAt),
  version: after.version,
  updated_at: timestamp(after.updatedAt),
  max_channels: after.limits?.channelsMax ?? null,
  max_cps: after.limits?.perSecondMax ?? null,
  max_call_seconds: after.limits?.callSecondsMax ?? null,
  billing_group_id: after.billingGroupId ?? null,
  reserved_until: timestampOrNull(after.reserved?.until ?? null),
  reserved_owner: after.reserved?.holder.ownerAccountId ?? null,
  reserved_sub: after.reserved?.holder.subAccountId ?? null,
  reserved_as: after.reserved?.as ?? null,
  suspension_aside: after.suspensionAside ?? false,
  minutes_per_day: after.limits?.minutesPerDayMax ?? null,
});

// The last call is the drain's and only ever moves forward.
const UPDATE = `update numbers n set
    owner_account_id = r.owner, sub_account_id = r.sub, lifecycle = r.lifecycle, suspended_by = r.suspended_by,
    available_at = r.available_at, last_owner_account_id = r.last_owner, last_sub_account_id = r.last_sub,
    allow_inbound = r.allow_inbound, allow_outbound = r.allow_outbound, endpoint_id = r.endpoint_id,
    trunk_group_id = r.trunk_group_id, tags = r.tags, customer_reference = r.customer_reference, deletion_lock = r.deletion_lock,
    last_call_at = greatest(n.last_call_at, r.last_call_at), purchased_at = r.purchased_at, version = r.version,
    updated_at = r.updated_at, max_channels = r.max_channels, max_cps = r.max_cps,
    max_call_seconds = r.max_call_seconds, billing_group_id = r.billing_group_id,
    reserved_until = r.reserved_until, reserved_owner_account_id = r.reserved_owner, reserved_sub_account_id = r.reserved_sub,
    reserved_as = r.reserved_as, suspension_aside = r.suspension_aside, minutes_per_day = r.minutes_per_day
  from json_to_recordset($1::json) as r (id uuid, old_version bigint, owner uuid, sub uuid, lifecycle text, suspended_by text[],
    available_at timestamptz, last_owner uuid, last_sub uuid, allow_inbound boolean, allow_outbound boolean, endpoint_id uuid,
    trunk_group_id uuid, tags text[], customer_reference text, deletion_lock boolean, last_call_at timestamptz,
    purchased_at timestamptz, version bigint, updated_at timestamptz, max_channels integer, max_cps double precision,
    max_call_seconds integer, billing_group_id text, reserved_until timestamptz, reserved_owner uuid, reserved_sub uuid, reserved_as uuid,
    suspension_aside boolean, minutes_per_day integer)
  where n.id = r.id and n.version = r.old_version`;

const CLOSE = `update number_holders h set to_at = greatest(h.from_at, r.updated_at), last_call_at = r.last_call_at
  from json_to_recordset($1::json) as r (id uuid, updated_at timestamptz, last_call_at timestamptz)
  where h.number_id = r.id and h.to_at is null`;

const OPEN = `${PLANNED_ONCE} insert into number_holders (id, number_id, owner_account_id, sub_account_id, from_at, reason)
  select history_id, id, owner, sub, updated_at, $2
    from json_to_recordset($1::json) as r (history_id uuid, id uuid, owner uuid, sub uuid, updated_at timestamptz)`;
