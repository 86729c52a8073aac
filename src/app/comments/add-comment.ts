import type { Comment, CommentedType } from '../../domain/comment.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type Actor, isPlatform } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { type Commented, findCommented } from './find-commented.ts';

export interface AddCommentInput {
  readonly recordType: CommentedType;
  readonly recordId: string;
  /** 1 to 4000 characters. */
  readonly body: string;
  /** Who of the platform says it; heard of the platform only, null: the platform as such. */
  readonly commenter: string | null;
}

/** Says something about an order or a requirement group; one that is not the actor's does not exist (invariant 11). */
export function addComment(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: AddCommentInput,
): Promise<Result<Changed<Comment>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const commented = await findCommented(tx, actor, input.recordType, input.recordId);
    if (commented === null) return err(NOTHING_TO_COMMENT);
    const comment = await writeComment(tx, { ...input, ...commented, ...(await writerOf(tx, actor, input)), at: deps.clock.now() });
    await tx.audit({
      action: 'comment.create',
      resource: `comment:${comment.id}`,
      accountId: comment.holder.subAccountId ?? comment.holder.ownerAccountId,
      before: null,
      after: comment,
    });
    return ok(comment);
  });
}

const NOTHING_TO_COMMENT = invalidBody(['comment_record_id'], 'You have no such record with this id.', 'not_found');

interface NewComment extends Commented, Pick<Comment, 'recordType' | 'recordId' | 'body' | 'commenter' | 'commenterType'> {
  readonly at: number;
}

/** Writes a comment inside a change that has its own audit row, such as the rejection of a value. */
export async function writeComment(tx: Transaction, { at, ...given }: NewComment): Promise<Comment> {
  const { mode, holder, recordType, recordId, body, commenter, commenterType } = given;
  const said = { mode, holder, recordType, recordId, body, commenter, commenterType };
  const comment: Comment = { id: newId(), ...said, createdAt: at, readAt: null, updatedAt: at };
  await tx.comments.insert(comment);
  return comment;
}

/** A person by the e-mail address, a key by the account it is of. */
async function writerOf(
  tx: Transaction,
  actor: Actor,
  { commenter }: AddCommentInput,
): Promise<Pick<Comment, 'commenter' | 'commenterType'>> {
  if (isPlatform(actor)) return { commenter: commenter ?? 'platform', commenterType: 'admin' };
  const user = actor.kind === 'user' ? await tx.users.get(actor.id) : null;
  return { commenter: user?.email ?? actor.account?.name ?? actor.id, commenterType: 'user' };
}
