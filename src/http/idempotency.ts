import type { IncomingMessage } from 'node:http';
import type { Actor } from '../app/actor.ts';
import { fingerprintOf } from '../app/idempotency/fingerprint.ts';
import type { IdempotencySlot } from '../app/idempotency/idempotency-store.ts';
import type { KeptAnswer } from '../app/idempotency/kept-answer.ts';
import { createOnce, type Once, type OnceDeps } from '../app/idempotency/once.ts';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { ok, type Result } from '../kit/result.ts';
import type { Face } from './face.ts';
import { hashedBody } from './idempotency-stream.ts';
import type { Answer, AnyOperation, OperationRequest } from './operation.ts';

type Handled = Promise<Result<Answer, RequestRefusal>>;
type ParsedRequest = OperationRequest<unknown, unknown, unknown>;

/** A POST with a key, authenticated and parsed. */
export interface KeyedPost {
  readonly face: Face;
  readonly operation: AnyOperation;
  readonly key: string;
  readonly request: ParsedRequest;
  /** The body as JSON before its schema; undefined for a stream. */
  readonly rawBody: unknown;
  readonly message: IncomingMessage;
}

/** Handles a POST that came with a key: its effect happens once, and repetitions get its answer again (decision B14). */
export async function handleOnce(deps: OnceDeps, post: KeyedPost): Handled {
  const { operation, request } = post;
  const body = request.stream === null ? null : hashedBody(request.stream.readable);
  const once = createOnce(deps, {
    slot: slotOf(request.actor, post.key),
    fingerprint: () => fingerprintOf(askedFor(post, body?.digest() ?? null)),
    secrets: operation.secrets ?? [],
  });
  const stream = body === null || request.stream === null ? null : { ...request.stream, readable: body.readable };
  try {
    if (body === null) {
      const before = await findReplay(once);
      if (before !== null) return before;
    }
    return await handleNew(once, operation, { ...request, stream, actor: { ...request.actor, once } });
  } finally {
    body?.readable.destroy();
  }
}

async function handleNew(once: Once, operation: AnyOperation, request: ParsedRequest): Handled {
  const handled = await operation.handle(request);
  const found = once.found();
  if (found !== null) return found.ok ? ok(replayOf(found.value)) : found;
  if (handled.ok) await once.keepAlone(handled.value);
  // What refuses this one may be the effect of the first one, which has just been done.
  else if (handled.error.kind !== 'idempotency_conflict' && isWhole(request)) return (await findReplay(once)) ?? handled;
  return handled;
}

/** A stream that was refused before its end has no fingerprint. */
const isWhole = ({ stream }: ParsedRequest): boolean => stream === null || stream.readable.readableEnded;

async function findReplay(once: Once): Promise<Result<Answer, RequestRefusal> | null> {
  const found = await once.find();
  if (!found.ok) return found;
  return found.value === null ? null : ok(replayOf(found.value));
}

const replayOf = (kept: KeptAnswer): Answer => ({ ...kept, headers: { ...kept.headers, 'Idempotent-Replayed': 'true' } });

/** The platform's keys are its own, also where it acts for an account. */
function slotOf({ kind, account, mode }: Actor, key: string): IdempotencySlot {
  const isPlatform = kind === 'platform' || kind === 'system';
  const scope = account === null ? 'platform' : `${isPlatform ? 'platform' : 'account'}:${account.id}`;
  return { scope, mode, key };
}

/** What the request is, apart from who asks and how it travelled: the same at every mount of the face. */
function askedFor({ face, operation, request, rawBody, message }: KeyedPost, streamSha256: string | null): readonly unknown[] {
  const route = [operation.method, face.name, operation.path, request.params, request.query];
  if (streamSha256 === null) return [...route, operation.body === undefined ? null : (rawBody ?? null)];
  return [...route, message.headers['content-length'] ?? null, streamSha256];
}

/** What goes with the answer to a request whose first one still runs, in every face (decision B14). */
export const withRetryHint = (refusal: { readonly kind: string }, answer: Answer): Answer =>
  refusal.kind === 'idempotency_conflict'
    ? { ...answer, headers: { ...answer.headers, 'Retry-After': '1', 'x-should-retry': 'true' } }
    : answer;
