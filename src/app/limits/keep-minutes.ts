import type { LeaseScopeKind } from '../../domain/lease.ts';
import type { Clock } from '../../kit/clock.ts';
import type { MinuteBook, MinuteReader } from '../ports/limits.ts';

export interface KeepMinutesDeps {
  readonly book: MinuteBook;
  readonly reader: MinuteReader;
  readonly clock: Clock;
}

const KINDS: readonly LeaseScopeKind[] = ['number', 'account', 'trunk_group'];
/** Numbers, accounts and groups of one round; a walk over more goes on with the next. */
const PAGE = 1000;
const CHECK_EVERY_MS = 600_000;

/**
 * Builds one round of comparing used minutes with the calls in Postgres: a Redis that was emptied, a limit that is new and a call whose
 * agent died say too little. A count is only ever raised, to what ended calls used, so a round may run at any time
 * and any number of times. Each round looks at a page of each kind.
 */
export function createKeepMinutes({ book, reader, clock }: KeepMinutesDeps): () => Promise<void> {
  const places = new Map<LeaseScopeKind, string | null>();
  return async () => {
    for (const kind of KINDS) {
      const ids = await reader.limited(kind, places.get(kind) ?? null, PAGE);
      const at = clock.now();
      const scopes = ids.map((id) => ({ kind, id }));
      for (const scope of await book.unchecked(scopes, at, CHECK_EVERY_MS)) await book.check(scope, at, await reader.ended(scope, at));
      places.set(kind, ids.length < PAGE ? null : (ids.at(-1) ?? null));
    }
  };
}
