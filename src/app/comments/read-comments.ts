import { type Comment, markRead } from '../../domain/comment.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { isOwnOrder } from '../orders/own-order.ts';
import type { UnitOfWork } from '../ports/store.ts';

const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource: 'comment' };

/** Reads a comment of the actor's conversations; a foreign one does not exist (invariant 11). */
export async function findComment(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  id: string,
): Promise<Result<Comment, RequestRefusal>> {
  const comment = await deps.unitOfWork.read((tx) => tx.comments.get(id));
  return comment !== null && isOwnOrder(actor, comment) ? ok(comment) : err(NOT_FOUND);
}

/** Marks a comment as read; the first time counts, and again changes nothing. */
export function markCommentRead(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  id: string,
): Promise<Result<Changed<Comment>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const before = await tx.comments.lock(id);
    if (before === null || !isOwnOrder(actor, before)) return err(NOT_FOUND);
    const after = markRead(before, deps.clock.now());
    if (after === before) return ok(before);
    await tx.comments.save(after);
    const accountId = after.holder.subAccountId ?? after.holder.ownerAccountId;
    await tx.audit({ action: 'comment.read', resource: `comment:${id}`, accountId, before, after });
    return ok(after);
  });
}
