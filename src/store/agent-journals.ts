import type { JournalStore } from '../app/ports/journal.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

/** Builds the list of agents that outlives Redis. */
export function postgresJournals(db: Queryable): JournalStore {
  return {
    async list() {
      const { rows } = await db.query<{ agent_id: string; state: 'live' | 'ended'; at: string }>(
        `select agent_id, state, floor(extract(epoch from surely_until) * 1000)::text as at from agent_journals order by agent_id`,
      );
      return rows.map(({ agent_id, state, at }) => ({ agentId: agent_id, state, at: Number(at) }));
    },
    async save(journals) {
      if (journals.length === 0) return;
      await db.query(
        `insert into agent_journals (agent_id, state, surely_until)
         select * from unnest($1::text[], $2::text[], $3::timestamptz[])
         on conflict (agent_id) do update set state = excluded.state, surely_until = excluded.surely_until`,
        [journals.map(({ agentId }) => agentId), journals.map(({ state }) => state), journals.map(({ at }) => timestamp(at))],
      );
    },
    async forget(agentIds) {
      await db.query('delete from agent_journals where agent_id = any($1::text[])', [agentIds]);
    },
  };
}
