import type { Comment, CommentedType } from '../../domain/comment.ts';
import type { OrderScope } from './orders.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from './store.ts';

/** Which comments of all that may be seen. */
export interface CommentFilter {
  readonly recordType?: CommentedType;
  readonly recordId?: string;
}

/** The comments of one transaction. */
export interface CommentStore {
  get(id: string): Promise<Comment | null>;
  lock(id: string): Promise<Comment | null>;
  insert(comment: Comment): Promise<void>;
  /** Writes when it was read; nothing else of a comment ever changes. */
  save(comment: Comment): Promise<void>;
  /** A holder's, newest first. */
  list(filter: OrderScope & CommentFilter, page: OffsetRequest): Promise<OffsetPage<Comment>>;
  /** Everybody's, oldest first. */
  listAll(
    filter: CommentFilter & { readonly accountId?: string; readonly isRead?: boolean },
    page: PageRequest,
  ): Promise<readonly Comment[]>;
}
