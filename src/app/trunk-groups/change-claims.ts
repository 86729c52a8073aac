import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { RefusedClaim } from '../../domain/tenant-acl.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, stampOf, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';
import type { ClaimWitness } from './rewrite-trunk.ts';

/**
 * A change that may claim addresses. Whoever claims is told nothing but that it cannot be; why is kept for the platform (decision C21),
 * in an audit row that no account sees. It is written when the refused change is undone, for that one undoes its own rows.
 */
export async function changeClaims<T>(
  deps: ChangeDeps,
  actor: Actor,
  work: (tx: Transaction, witness: ClaimWitness) => Promise<Result<T, RequestRefusal>>,
  wait?: Wait,
): Promise<Result<Changed<T>, RequestRefusal>> {
  let refused: RefusedClaim | null = null;
  const witness: ClaimWitness = {
    refusedClaim: (claim) => {
      refused = claim;
    },
  };
  const done = await change(deps, actor, (tx) => work(tx, witness), wait);
  if (refused !== null && !done.ok) await tell(deps, actor, refused);
  return done;
}

async function tell({ unitOfWork, log }: ChangeDeps, actor: Actor, claim: RefusedClaim): Promise<void> {
  const { id } = accountOf(actor);
  log.warn('a tenant claimed an address that is not for it', { accountId: id, ...claim });
  await unitOfWork.change(stampOf(actor), async (tx) => {
    await tx.audit({ action: 'trunk_address.refused', resource: `account:${id}`, accountId: null, before: null, after: claim });
    return ok(undefined);
  });
}
