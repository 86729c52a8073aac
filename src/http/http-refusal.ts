import type { RequestRefusal } from '../domain/request-refusal.ts';
import type { AnyOperation } from './operation.ts';

/** Every "no" a face must be able to say: those of use cases and those of HTTP itself. */
export type HttpRefusal =
  | RequestRefusal
  | { readonly kind: 'method_not_allowed'; readonly allow: string }
  | { readonly kind: 'malformed_url' }
  /** A fault of ours; nothing about it goes to the client but the request id. */
  | { readonly kind: 'fault' };

/** What a renderer may use besides the refusal. */
export interface RefusalContext {
  /** null when the path belongs to the face but no operation was reached. */
  readonly operation: AnyOperation | null;
  readonly requestId: string;
}
