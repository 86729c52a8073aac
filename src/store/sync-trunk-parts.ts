import type { TrunkGroup } from '../domain/trunk-group.ts';
import { newId } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

/**
 * Brings the parts of a customer group in line with its ACL and gateways, whoever wrote those: parts that stand for neither any more go,
 * new entries get a part. Addresses that are switched off are no entries and stay. Nothing is written for a group that its parts made.
 */
export async function syncTrunkParts(db: Queryable, group: Omit<TrunkGroup, 'extId'>): Promise<void> {
  if (group.kind !== 'customer' || group.accountId === null) return;
  const gatewayIds = group.gateways.map(({ id }) => id);
  await db.query(
    `delete from trunk_parts where trunk_group_id = $1
       and ((kind = 'address' and enabled and value <> all($2::text[])) or (kind = 'uri' and id <> all($3::uuid[])))`,
    [group.id, group.acl, gatewayIds],
  );
  await db.query(
    `update trunk_parts set port = null where trunk_group_id = $1 and port is not null and enabled and id <> all($2::uuid[])`,
    [group.id, gatewayIds],
  );
  const acl = [...new Set(group.acl)];
  const made = [group.id, group.accountId, group.mode, timestamp(group.updatedAt)];
  await db.query(
    `insert into trunk_parts (id, account_id, mode, trunk_group_id, kind, value, created_at, updated_at)
     select e.id, $2, $3, $1, 'address', e.entry, $4, $4 from unnest($5::uuid[], $6::text[]) as e (id, entry)
      where not exists (select from trunk_parts p where p.trunk_group_id = $1 and p.kind = 'address' and p.enabled and p.value = e.entry)`,
    [...made, acl.map(newId), acl],
  );
  await db.query(
    `insert into trunk_parts as p (id, account_id, mode, trunk_group_id, kind, value, priority, weight, enabled, created_at, updated_at)
     select w.id, $2, $3, $1, 'uri', w.uri, w.priority, w.weight, w.enabled, $4, $4 from gateways w where w.trunk_group_id = $1
     on conflict (id) do update set priority = excluded.priority, weight = excluded.weight,
       value = case p.kind when 'uri' then excluded.value else p.value end,
       enabled = case p.kind when 'uri' then excluded.enabled else p.enabled end
     where (p.priority, p.weight, p.value, p.enabled)
       is distinct from (excluded.priority, excluded.weight, case p.kind when 'uri' then excluded.value else p.value end,
         case p.kind when 'uri' then excluded.enabled else p.enabled end)`,
    made,
  );
}
