import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Actor } from '../app/actor.ts';
import type { Wait } from '../app/change.ts';
import type { Role } from '../domain/account.ts';
import type { RequestRefusal, Resource } from '../domain/request-refusal.ts';
import type { Result } from '../kit/result.ts';
import type { Slots } from './slots.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What goes back to the client. `body` is sent as JSON, `text` as it is (its type is in `headers`). */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  /** A file; its type is in `headers`. */
  readonly bytes?: Uint8Array;
  /** Text that is made while it is sent; it ends early by throwing `BrokenOff`. */
  readonly chunks?: { readonly from: AsyncIterable<string>; readonly msMax: number };
  /** Names in any case; `Content-Type` and `Cache-Control` replace the defaults (JSON, `no-store`). */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends a streamed answer that is not whole. Whoever throws it has logged why. */
export class BrokenOff extends Error {}

/** What the caller must be allowed to do; checked after authentication, before anything is parsed. */
export interface Need {
  /** The least role: member < admin < owner. */
  readonly role?: Role;
  /** A scope that keys with scopes must have. */
  readonly scope?: string;
}

/** One documented answer. */
export interface ResponseSpec {
  readonly description: string;
  readonly schema?: z.ZodType;
}

/** A request as an operation sees it: authenticated, allowed, parsed. */
export interface OperationRequest<P, Q, B> {
  readonly actor: Actor;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The unread body when it came in one of the operation's `streams` types; `body` is undefined then. */
  readonly stream: { readonly mediaType: string; readonly readable: Readable } | null;
  readonly headers: IncomingHttpHeaders;
  /** How long a change waits for Redis (decision B17). */
  readonly wait: Wait;
  /** The version `If-Match` asks for; null without the header or for `*`. */
  readonly ifVersion: number | null;
  readonly requestId: string;
  /** Prefix of the mount that the request came in at; empty for bare paths. */
  readonly mountedAt: string;
}

/** One operation of a face: everything the router, the validation and the OpenAPI document need to know of it. */
export interface Operation<P = unknown, Q = unknown, B = unknown> {
  readonly method: Method;
  /** Express form, relative to the face's mount: `/phone-numbers/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  /** What the path names; a malformed id answers as an unknown one of it (decision B2). */
  readonly resource?: Resource;
  readonly params?: z.ZodType<P>;
  /** Values arrive as text, repeated ones as lists. Top-level strictness is the face's (decision B31). */
  readonly query?: z.ZodType<Q>;
  /** JSON body. An operation without one ignores what is sent. */
  readonly body?: z.ZodType<B>;
  /** Other media types, handed over unread. */
  readonly streams?: readonly string[];
  /** Instead of the server's limit for JSON bodies. */
  readonly bodyBytesMax?: number;
  /** Where its requests take turns: nothing of their bodies is read before. */
  readonly slots?: Slots;
  readonly need?: Need;
  /** Names in the answer's body, at any depth, of what is told once; a repetition with `Idempotency-Key` has null there (decision B14). */
  readonly secrets?: readonly string[];
  /** True when it changes something: `wait` and `If-Match` are read then. A POST answers its change by `answerOnce`. */
  readonly changes?: boolean;
  readonly responses: Readonly<Record<number, ResponseSpec>>;
  handle(request: OperationRequest<P, Q, B>): Promise<Result<Answer, RequestRefusal>>;
}

/** An operation whatever its shapes. */
export type AnyOperation = Operation<unknown, unknown, unknown>;

/** Declares an operation; its handler's types follow from its schemas. */
export const operation = <P = undefined, Q = undefined, B = undefined>(declared: Operation<P, Q, B>): AnyOperation =>
  declared as unknown as AnyOperation;
