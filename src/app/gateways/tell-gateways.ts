import { gatewayNews, type KnownGateway } from '../../domain/gateway-news.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import { type ChangeDeps, change } from '../change.ts';
import { systemActor } from '../jobs/job-actor.ts';
import type { GatewayHealthStore } from '../ports/gateway-health.ts';
import type { Transaction } from '../ports/store.ts';

export interface TellGatewaysDeps extends ChangeDeps {
  readonly gateways: Pick<GatewayHealthStore, 'read'>;
  readonly clock: Clock;
  /** Between two events of one gateway. */
  readonly everyMs: number;
}

const ACTOR = systemActor('gateways');

/**
 * Builds one round of telling subscribers that gateways went down or came up, as all agents together found them: one event a change,
 * however many agents and workers there are, because who writes the state first tells. Returns how many were told of.
 */
export function createTellGateways(deps: TellGatewaysDeps): () => Promise<number> {
  // Read anew whenever something moved, and while something waits.
  let version: string | null = null;
  return async () => {
    const { version: seen, states } = await deps.gateways.read(version);
    if (states === null) return 0;
    const now = deps.clock.now();
    const told = await deps.unitOfWork.read((tx) => tx.gatewayStates.list());
    const { news, waits } = gatewayNews(states, told, now, deps.everyMs);
    for (const one of news) await tell(deps, one, now);
    version = waits ? null : seen;
    return news.length;
  };
}

const tell = (deps: TellGatewaysDeps, one: KnownGateway, now: number) =>
  change(deps, ACTOR, async (tx) => {
    const group = await tx.trunkGroups.get(one.trunkGroupId);
    const gateway = group?.gateways.find(({ id }) => id === one.gatewayId);
    if (group === null || gateway === undefined) await tx.gatewayStates.remove(one.gatewayId);
    else if (await tx.gatewayStates.save({ ...one, toldAt: now })) await append(tx, one, group, gateway.uri, now);
    return ok(one.gatewayId);
  });

type Group = NonNullable<Awaited<ReturnType<Transaction['trunkGroups']['get']>>>;

const append = (tx: Transaction, { gatewayId, state, why, since }: KnownGateway, group: Group, uri: string, now: number): Promise<void> =>
  tx.events.append({
    key: `gateway:${gatewayId}:${state}:${now}`,
    type: state === 'down' ? 'gateway.down' : 'gateway.up',
    accountId: group.accountId,
    mode: group.mode,
    resource: `gateway:${gatewayId}`,
    payload: {
      gateway_id: gatewayId,
      uri,
      trunk_group_id: group.id,
      trunk_group_name: group.name,
      state,
      reason: why === '' ? null : why,
      since: new Date(since).toISOString(),
    },
    at: now,
  });
