/** A gateway as all agents know it. */
export interface KnownGateway {
  readonly gatewayId: string;
  readonly trunkGroupId: string;
  readonly state: 'up' | 'down';
  /** Since when; Redis' time in ms. */
  readonly since: number;
  /** What its last failure was. */
  readonly why: string;
}

/** A gateway as subscribers were told of it last. */
export interface ToldGateway {
  readonly gatewayId: string;
  readonly trunkGroupId: string;
  readonly state: 'up' | 'down';
  /** Product time in ms. */
  readonly toldAt: number;
}

/** What there is to tell, and whether something waits because its gateway was told of only a moment ago. */
export interface GatewayNews {
  readonly news: readonly KnownGateway[];
  readonly waits: boolean;
}

/** Why a gateway that nobody knows anything of any more is up: calls go there again. */
export const NOTHING_KNOWN = 'no_failures_known';

/**
 * What changed since it was told last. One that is told of for the first time is news only when it is down; one of which nothing is known
 * any more is up. Between two events of one gateway lie `everyMs` at least: one that flaps is told of as it is then.
 */
export function gatewayNews(known: readonly KnownGateway[], told: readonly ToldGateway[], now: number, everyMs: number): GatewayNews {
  const before = new Map(told.map((one) => [one.gatewayId, one]));
  const here = new Set(known.map(({ gatewayId }) => gatewayId));
  const gone = told
    .filter(({ gatewayId, state }) => state === 'down' && !here.has(gatewayId))
    .map(({ gatewayId, trunkGroupId }): KnownGateway => ({ gatewayId, trunkGroupId, state: 'up', since: now, why: NOTHING_KNOWN }));
  const changed = [...known, ...gone].filter(({ gatewayId, state }) => state !== (before.get(gatewayId)?.state ?? 'up'));
  const news = changed.filter(({ gatewayId }) => now - (before.get(gatewayId)?.toldAt ?? -Infinity) >= everyMs);
  return { news, waits: news.length < changed.length };
}
