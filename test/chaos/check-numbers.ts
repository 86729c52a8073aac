import { keys } from '../../src/redis/keys.ts';
import { useOf } from '../../src/redis/live-calls.ts';
import { until } from '../support/daemon.ts';
import type { HttpClient } from './http-client.ts';
import type { LimitScope, Model, NumberNote } from './model.ts';
import type { Site } from './site.ts';

const LEASES_MS = 10_000;

interface HolderRow {
  readonly number_id: string;
  readonly open: number;
  readonly agrees: boolean;
}

/** Invariant 1: one open holder a number, the same in its row, and the one whom we were told. */
export async function checkHolders({ pool }: Site, model: Model): Promise<void> {
  const { rows } = await pool.query<HolderRow>(
    `select n.id as number_id, count(h.id) as open,
       count(h.id) = case when n.owner_account_id is null then 0 else 1 end
         and coalesce(bool_and(h.owner_account_id = n.owner_account_id
           and h.sub_account_id is not distinct from n.sub_account_id), true) as agrees
     from numbers n left join number_holders h on h.number_id = n.id and h.to_at is null group by n.id`,
  );
  for (const row of rows) model.check(1, row.agrees, () => `number ${row.number_id}: ${row.open} open holders that are not its row's`);
  const held = await pool.query<{ id: string; holder: string | null }>(
    'select id, coalesce(sub_account_id, owner_account_id) as holder from numbers',
  );
  const holders = new Map(held.rows.map(({ id, holder }) => [id, holder]));
  for (const note of model.numbers.filter(({ known }) => known)) {
    const told = note.holder?.id ?? null;
    model.check(1, holders.get(note.id) === told, () => `${note.e164}: we were told ${told} has it, the row says ${holders.get(note.id)}`);
  }
}

/** Invariant 5: the later of both last calls is not before any call that rang, and never goes back. */
export async function checkLastCalls({ pool, redisClient }: Site, model: Model): Promise<void> {
  const { rows } = await pool.query<{ id: string; last: number | null }>(
    'select id, (extract(epoch from last_call_at) * 1000)::bigint as last from numbers',
  );
  const stored = new Map(rows.map(({ id, last }) => [id, last]));
  for (const note of model.numbers) {
    const use = await useOfNumber(redisClient, note);
    const told = Math.max(stored.get(note.id) ?? 0, use.lastCallAt ?? 0);
    const { lastCallAt, lastCallTold } = note;
    // Postgres may keep whole seconds or milliseconds: a second of grace is nothing against days of cool-off.
    model.check(5, told + 1000 >= (lastCallAt ?? 0), () => `${note.e164}: last call ${told}, but one rang at or after ${lastCallAt}`);
    model.check(5, told >= lastCallTold, () => `${note.e164}: last call went from ${lastCallTold} back to ${told}`);
    note.lastCallTold = told;
  }
}

const useOfNumber = async (redis: Site['redisClient'], { id }: NumberNote) => {
  const [last, fields] = await Promise.all([redis.hget(keys.use(id), 'l'), redis.hlen(keys.use(id))]);
  return useOf([last, fields]);
};

/** Invariant 6: no call goes on, so nothing is held within 10 s: of no number, account, trunk group or gateway. */
export async function checkLeases({ redisClient }: Site, model: Model, http: HttpClient, adminKey: string): Promise<void> {
  const held = async (): Promise<string[]> => {
    const uses = await Promise.all(model.numbers.map(async (note) => ({ note, use: await useOfNumber(redisClient, note) })));
    const busy = uses.filter(({ use }) => use.liveCalls > 0);
    return Promise.all(
      busy.map(async ({ note }) => `${note.e164} is held by ${JSON.stringify(await redisClient.hgetall(keys.use(note.id)))}`),
    );
  };
  await until(async () => (await held()).length === 0, LEASES_MS);
  const left = await held();
  model.checked[6] = (model.checked[6] ?? 0) + model.numbers.length - 1;
  model.check(6, left.length === 0, () => `no call goes on, but ${left.slice(0, 5).join(', ')}`);
  const deadline = performance.now() + LEASES_MS;
  for (const scope of model.scopes) {
    const found = await holdersOf(scope, http, adminKey, deadline);
    model.check(6, found === '', () => `${scope.kind} ${scope.id}: ${found}`);
  }
}

/** What the listing of holders says, though no call goes on; '' for nothing. */
async function holdersOf({ kind, id }: LimitScope, http: HttpClient, adminKey: string, deadline: number): Promise<string> {
  let found = '';
  await until(
    async () => {
      const { status, body } = await http.send('GET', `/admin/v1/limits/${kind}/${id}/holders`, { key: adminKey });
      if (status !== 200) found = `the listing of holders answered ${status}`;
      else found = body.in_use === 0 && body.data.length === 0 ? '' : `held though no call goes on: ${JSON.stringify(body)}`;
      return found === '';
    },
    Math.max(0, deadline - performance.now()),
  );
  return found;
}
