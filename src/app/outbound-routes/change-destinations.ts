import { type Destinations, destinationsMember } from '../../domain/destinations.ts';
import { PLATFORM_ROUTE_SET } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { publishAt } from './change-outbound-route.ts';

/** Where calls of everybody may go, and the version of the platform's route set, which it is part of. */
export interface PlatformDestinations {
  readonly destinations: Destinations;
  readonly setVersion: number;
}

export interface DestinationsPatch {
  /** null: anywhere. */
  readonly allowed?: readonly string[] | null;
  readonly blocked?: readonly string[];
}

/** The lists as they are. */
export const readDestinations = async (tx: Pick<Transaction, 'routeSets'>): Promise<PlatformDestinations> => ({
  destinations: (await tx.routeSets.destinations(PLATFORM_ROUTE_SET)) ?? {},
  setVersion: await tx.routeSets.version(PLATFORM_ROUTE_SET),
});

/** Changes where calls of everybody may go, emergency calls excepted; absent keys stay. */
export function changeDestinations(
  deps: ChangeDeps,
  actor: Actor,
  patch: DestinationsPatch,
  { ifVersion = null, wait }: { readonly ifVersion?: number | null; readonly wait?: Wait } = {},
): Promise<Result<Changed<PlatformDestinations>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const seen = await tx.routeSets.lock(PLATFORM_ROUTE_SET);
      if (ifVersion !== null && ifVersion !== seen) return err({ kind: 'precondition_failed', currentVersion: seen });
      const { destinations: before } = await readDestinations(tx);
      const allowed = patch.allowed === undefined ? before.allowed : (patch.allowed ?? undefined);
      const wanted = { ...(allowed === undefined ? {} : { allowed }), blocked: patch.blocked ?? before.blocked ?? [] };
      const after = destinationsMember(wanted).destinations ?? {};
      const isSame = JSON.stringify(after) === JSON.stringify(before);
      if (!isSame) {
        await tx.routeSets.saveDestinations(PLATFORM_ROUTE_SET, after);
        await tx.audit({ action: 'destinations.update', resource: `route_set:${PLATFORM_ROUTE_SET}`, accountId: null, before, after });
      }
      // Unchanged too: the answer says `applied`, and the change before it may still be on its way (decision B17).
      const setVersion = isSame ? seen : await tx.routeSets.bump(PLATFORM_ROUTE_SET);
      await publishAt(tx, PLATFORM_ROUTE_SET, setVersion);
      return ok({ destinations: after, setVersion });
    },
    wait,
  );
}
