import type { GatewayStateStore } from '../app/ports/gateway-health.ts';
import type { ToldGateway } from '../domain/gateway-news.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

interface StateRow {
  readonly gateway_id: string;
  readonly trunk_group_id: string;
  readonly state: ToldGateway['state'];
  readonly told_at: number;
}

const STATES_MAX = 20_000;

/** What subscribers were told of gateways, in one transaction. */
export const gatewayStateStore = (db: Queryable): GatewayStateStore => ({
  async list() {
    const text = 'select gateway_id, trunk_group_id, state, told_at from gateway_states order by gateway_id limit $1';
    const { rows } = await db.query<StateRow>(text, [STATES_MAX]);
    return rows.map((row) => ({ gatewayId: row.gateway_id, trunkGroupId: row.trunk_group_id, state: row.state, toldAt: row.told_at }));
  },
  async save({ gatewayId, trunkGroupId, state, toldAt }) {
    const { rowCount } = await db.query(
      `insert into gateway_states as s (gateway_id, trunk_group_id, state, told_at) values ($1, $2, $3, $4)
       on conflict (gateway_id) do update set trunk_group_id = $2, state = $3, told_at = $4 where s.state <> $3`,
      [gatewayId, trunkGroupId, state, timestamp(toldAt)],
    );
    return rowCount === 1;
  },
  async remove(gatewayId) {
    await db.query('delete from gateway_states where gateway_id = $1', [gatewayId]);
  },
});
