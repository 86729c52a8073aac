import type { GatewayHealth } from '../app/gateways/gateway-health.ts';
import { DEFAULT_HEALTH } from '../domain/gateway-health.ts';
import { newId } from '../kit/ids.ts';
import { SERVER } from './replies.ts';
import type { ReceivedReply, SipServer } from './sip-stack.ts';
import type { TargetGuard } from './target-guard.ts';
import { type NextHop, nextHopUri, type TargetResolver } from './targets.ts';
import { askInTurn, type WatchedGateway } from './watched-gateways.ts';

export interface PingDeps {
  readonly resolver: TargetResolver;
  readonly guard: TargetGuard;
  readonly health: GatewayHealth;
}

const AT_ONCE_MAX = 100;

/** Sends OPTIONS to gateways as often as their terms ask for (RFC 3261 §11.1); one at a time each. */
export class GatewayPings {
  readonly #deps: PingDeps;
  readonly #dueAt = new Map<string, number>();
  readonly #running = new Set<string>();
  #by = '';

  constructor(deps: PingDeps) {
    this.#deps = deps;
  }

  /** Starts the pings that are due; what is not asked for any more is forgotten. */
  round(gateways: readonly WatchedGateway[], server: SipServer, nowMs: number): void {
    // What a server that is gone found says nothing of the way from this one.
    if (this.#by !== server.name) this.#dueAt.clear();
    this.#by = server.name;
    const wanted = gateways.filter(({ terms }) => terms.health?.pingIntervalMs !== undefined);
    const ids = new Set(wanted.map(({ gatewayId }) => gatewayId));
    for (const id of this.#dueAt.keys()) if (!ids.has(id)) this.#dueAt.delete(id);
    // Who is due for longest is first, or those behind a hundred silent ones would never be asked.
    const dueAt = ({ gatewayId }: WatchedGateway): number => this.#dueAt.get(gatewayId) ?? 0;
    for (const gateway of wanted.toSorted((a, b) => dueAt(a) - dueAt(b))) {
      const { gatewayId, terms } = gateway;
      if (this.#running.size >= AT_ONCE_MAX) return;
      if (this.#running.has(gatewayId) || dueAt(gateway) > nowMs) continue;
      this.#dueAt.set(gatewayId, nowMs + (terms.health?.pingIntervalMs ?? 0));
      this.#running.add(gatewayId);
      void this.#ping(gateway, server).finally(() => this.#running.delete(gatewayId));
    }
  }

  async #ping(gateway: WatchedGateway, server: SipServer): Promise<void> {
    const { health } = this.#deps;
    const rules = gateway.terms.health ?? {};
    const headers = {
      From: `<sip:ping@localhost>;tag=${newId()}`,
      To: `<${gateway.uri}>`,
      Contact: '<sip:ping@localhost>',
      Accept: 'application/sdp',
      'Max-Forwards': '70',
      'User-Agent': SERVER,
    };
    const timeoutMs = rules.pingTimeoutMs ?? DEFAULT_HEALTH.pingTimeoutMs;
    const askAt = (hop: NextHop): Promise<ReceivedReply | null> =>
      server.ask({ method: 'OPTIONS', uri: gateway.uri, nextHop: nextHopUri(hop), headers }, timeoutMs);
    const reply = await askInTurn(gateway, server, this.#deps, askAt).catch(() => null);
    // Our own connection broke meanwhile: that says nothing of the gateway.
    if (reply === null && !server.connected) return;
    await health.pinged(gateway, rules, reply?.status ?? null);
  }
}
