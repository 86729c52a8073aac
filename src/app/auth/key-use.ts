import type { Logger } from '../../kit/log.ts';
import { ok } from '../../kit/result.ts';
import type { UnitOfWork } from '../ports/store.ts';

/** Remembers when keys were last used, at most once a minute a key, never in the way of the request. */
export interface KeyUse {
  used(keyId: string, at: number): void;
}

const EVERY_MS = 60_000;
const KEYS_MAX = 10_000;

/** Writes last uses in the background; a failed write is only logged. */
export function createKeyUse(deps: { readonly unitOfWork: UnitOfWork; readonly log: Logger }): KeyUse {
  const noted = new Map<string, number>();
  const stamp = { kind: 'system', id: 'key-use', accountId: null, requestId: 'key-use', ip: null };
  return {
    used(keyId, at) {
      const before = noted.get(keyId);
      if (before !== undefined && at - before < EVERY_MS) return;
      noted.delete(keyId);
      noted.set(keyId, at);
      if (noted.size > KEYS_MAX) noted.delete(noted.keys().next().value ?? keyId);
      deps.unitOfWork
        .change(stamp, async (tx) => ok(await tx.keys.touchUsed(keyId, at)))
        .catch((error: unknown) => deps.log.warn('last use of a key not noted', { error: String(error) }));
    },
  };
}
