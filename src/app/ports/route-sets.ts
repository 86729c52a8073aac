import type { Destinations } from '../../domain/destinations.ts';
import type { RouteHours } from '../../domain/route-hours.ts';
import type { StoredOutboundRoute } from '../../domain/trunk-group.ts';
import type { PageRequest } from './store.ts';

/** Outbound routes by set, each set one record (decision C2). */
export interface RouteSetStore {
  /** Locks the set (made on first use, at version 0) and returns its version. */
  lock(routeSetId: string): Promise<number>;
  /** The version of the set; 0 for one that never was. */
  version(routeSetId: string): Promise<number>;
  /** Locks the set (made on first use) and raises its version. Returns the new version. */
  bump(routeSetId: string): Promise<number>;
  routes(routeSetId: string): Promise<readonly StoredOutboundRoute[]>;
  /** Where calls of all may go by this set; undefined: anywhere. */
  destinations(routeSetId: string): Promise<Destinations | undefined>;
  /** Of a set that is locked. */
  saveDestinations(routeSetId: string, destinations: Destinations): Promise<void>;
  get(routeId: string): Promise<StoredOutboundRoute | null>;
  insert(route: StoredOutboundRoute): Promise<void>;
  save(route: StoredOutboundRoute): Promise<void>;
  remove(routeId: string): Promise<void>;
  list(
    filter: { readonly accountId?: string | null; readonly prefix?: string; readonly trunkGroupId?: string },
    page: PageRequest,
  ): Promise<readonly StoredOutboundRoute[]>;
  /** Those of these prefixes that some route of the set has, with the hours of each; undefined: always. Of a prefix at most a hundred. */
  taken(accountId: string | null, prefixes: readonly string[]): Promise<ReadonlyMap<string, readonly (RouteHours | undefined)[]>>;
  countUsing(trunkGroupId: string): Promise<number>;
}
