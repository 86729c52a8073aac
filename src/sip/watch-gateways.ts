import type { GatewayHealth } from '../app/gateways/gateway-health.ts';
import type { GatewayHealthStore } from '../app/ports/gateway-health.ts';
import type { LocalRecords } from '../app/ports/routing.ts';
import { recordRef } from '../domain/records.ts';
import type { Part } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import type { CarrierLogins } from './carrier-logins.ts';
import { GatewayPings } from './ping-gateways.ts';
import { CarrierRegistrations } from './register-at-carriers.ts';
import type { SipServer } from './sip-stack.ts';
import type { TargetGuard } from './target-guard.ts';
import type { TargetResolver } from './targets.ts';
import { watchedGateways } from './watched-gateways.ts';

export interface WatchGatewaysDeps {
  readonly agentId: string;
  readonly local: LocalRecords;
  readonly store: GatewayHealthStore;
  readonly health: GatewayHealth;
  readonly resolver: TargetResolver;
  readonly guard: TargetGuard;
  readonly logins: CarrierLogins;
  readonly servers: () => readonly SipServer[];
  readonly lookMs: number;
  readonly log: Logger;
}

/** An agent that is silent for so long does not look after gateways any more (decision C9). */
const LEAD_MS = 6000;
const TIDY_MS = 60_000;

/**
 * Keeps this agent's view of gateways fresh, and, on the one agent that has the lead, pings them and registers at them (decision C8): a
 * carrier is asked once, however many agents there are.
 */
export function watchGateways(deps: WatchGatewaysDeps): Part {
  const { agentId, store, health, log } = deps;
  const pings = new GatewayPings(deps);
  const registrations = new CarrierRegistrations(deps);
  let tidyAt = 0;
  const lead = async (): Promise<void> => {
    const server = deps.servers().find(({ connected }) => connected);
    if (server === undefined) return;
    const gateways = await watchedGateways(deps.local);
    const nowMs = performance.now();
    pings.round(gateways, server, nowMs);
    registrations.round(gateways, server, nowMs);
    if (nowMs < tidyAt) return;
    tidyAt = nowMs + TIDY_MS;
    await forgetGone(deps);
  };
  const loop = startLoop({
    name: 'gateways',
    intervalMs: deps.lookMs,
    log,
    async run() {
      await health.refresh();
      if (deps.servers().some(({ connected }) => connected) && (await store.lead(agentId, LEAD_MS))) await lead();
      else registrations.clear();
      return false;
    },
  });
  return {
    name: 'gateways',
    async stop() {
      await loop.stop();
      await store.resign(agentId).catch(() => undefined);
    },
  };
}

/** What is known of gateways that are no more is of no use. */
async function forgetGone({ local, store, health }: WatchGatewaysDeps): Promise<void> {
  const known = [...health.stored, ...(await store.registrations())];
  const refs = [...new Set(known.map(({ trunkGroupId }) => recordRef.trunkGroup(trunkGroupId)))];
  const missing = refs.filter((ref) => local.peek(ref) === undefined);
  if (missing.length > 0) await local.fill(missing);
  const gone = known.filter(({ gatewayId, trunkGroupId }) => {
    const found = local.peek(recordRef.trunkGroup(trunkGroupId));
    if (found === undefined) return false;
    return found.record?.kind !== 'trunk_group' || !found.record.gateways.some(({ id }) => id === gatewayId);
  });
  await store.forget([...new Set(gone.map(({ gatewayId }) => gatewayId))]);
}
