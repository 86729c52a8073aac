import type { Holder } from './account.ts';
import type { Mode } from './records.ts';

/** What can be talked about. */
export const COMMENTED_TYPES = ['sub_number_order', 'requirement_group'] as const;
export type CommentedType = (typeof COMMENTED_TYPES)[number];

/** How long a comment may be, in characters; the table says the same. */
export const COMMENT_CHARACTERS_MAX = 4000;

/** One side's word about an order or a requirement group. */
export interface Comment {
  readonly id: string;
  readonly mode: Mode;
  /** Whose conversation it is: the holder of what is talked about. */
  readonly holder: Holder;
  readonly recordType: CommentedType;
  readonly recordId: string;
  readonly body: string;
  /** Who wrote it, as text for people: an e-mail address where there is one. */
  readonly commenter: string;
  readonly commenterType: 'user' | 'admin';
  readonly createdAt: number;
  /** When it was marked as read, once and for all; null: not yet. */
  readonly readAt: number | null;
  readonly updatedAt: number;
}

/** Marks a comment as read; one that is read already stays the same object. */
export const markRead = (comment: Comment, nowMs: number): Comment =>
  comment.readAt === null ? { ...comment, readAt: nowMs, updatedAt: nowMs } : comment;
