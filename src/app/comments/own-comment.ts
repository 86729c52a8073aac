import { holderOf, sameHolder } from '../../domain/account.ts';
import type { Comment } from '../../domain/comment.ts';
import { type Actor, isPlatform } from '../actor.ts';

/** True when the actor may see a comment: it is about something of its account's, or of a sub-account of it (decision B29). */
export function isOwnComment(actor: Actor, { holder, mode }: Comment): boolean {
  if (actor.account === null) return isPlatform(actor);
  if (mode !== actor.mode) return false;
  const isMaster = actor.account.parentId === null && holder.ownerAccountId === actor.account.id;
  return isMaster || sameHolder(holder, holderOf(actor.account));
}
