import type { Queryable } from './pool.ts';

/** How many live numbers are in each state; every state is named, with 0 where there are none (decision B25 for `suspended`). */
export async function countNumbers(db: Queryable): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.query<{ lifecycle: string; count: number }>(
    `select case when lifecycle = 'active' and suspended_by <> '{}' then 'suspended' else lifecycle end as lifecycle, count(*) as count
     from numbers where mode = 'live' group by 1`,
  );
  const none = { available: 0, pending: 0, active: 0, suspended: 0, releasing: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ lifecycle, count }) => [lifecycle, count])) };
}
