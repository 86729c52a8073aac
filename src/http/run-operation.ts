import type { Request, Response } from 'express';
import { z } from 'zod';
import { type Actor, hasScope } from '../app/actor.ts';
import { payerOf, type Role } from '../domain/account.ts';
import type { InvalidField, RequestRefusal } from '../domain/request-refusal.ts';
import { err, ok, type Result } from '../kit/result.ts';
import type { Face, FaceDeps } from './face.ts';
import type { HttpRefusal } from './http-refusal.ts';
import { handleOnce, withRetryHint } from './idempotency.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { invalidFields } from './invalid-fields.ts';
import type { Answer, AnyOperation } from './operation.ts';
import { readIfMatch } from './preconditions.ts';
import { readOverride, readWait } from './propagation-headers.ts';
import { ClientGone, hasBody, isUncompressed, mediaTypeOf, readJsonBody } from './read-body.ts';
import { readQuery } from './read-query.ts';
import { contextOf } from './request-context.ts';
import { sendAnswer } from './send-answer.ts';
import { inSlot } from './slots.ts';

/** One request from routing to answer: authenticate, allow, parse, handle, render. Never rejects. */
export async function runOperation(face: Face, operation: AnyOperation, deps: FaceDeps, req: Request, res: Response): Promise<void> {
  const context = contextOf(res);
  context.face = face.name;
  context.route = operation.path;
  const { requestId } = context;
  const refuse = (refusal: HttpRefusal): Answer => withRetryHint(refusal, face.render(refusal, { operation, requestId }));
  let answer: Answer;
  try {
    const done = await perform(face, operation, deps, req, res);
    if (!done.ok) context.refusal = done.error.kind;
    answer = done.ok ? done.value : refuse(done.error);
  } catch (error) {
    if (error instanceof ClientGone) return;
    const away = deps.isStoreAway(error);
    deps.log[away ? 'warn' : 'error'](away ? 'the store is away' : 'request failed', {
      request_id: requestId,
      operation: operation.operationId,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    answer = refuse(away ? { kind: 'unavailable', part: 'store', code: 'store_unavailable', retryAfterSeconds: 1 } : { kind: 'fault' });
  }
  await sendAnswer(
    req,
    res,
    face.answerHeaders === undefined ? answer : { ...answer, headers: { ...face.answerHeaders, ...answer.headers } },
  );
}

async function perform(
  face: Face,
  operation: AnyOperation,
  deps: FaceDeps,
  req: Request,
  res: Response,
): Promise<Result<Answer, RequestRefusal>> {
  const context = contextOf(res);
  const actor = await authenticate(face, deps, req, res);
  if (!actor.ok) return actor;
  context.accountId = actor.value.account?.id ?? null;
  if (!isAllowed(operation, actor.value)) return err({ kind: 'forbidden', detail: 'Your role or key does not allow this operation.' });
  const handle = () => handleAllowed(face, operation, deps, actor.value, req, res);
  const { account } = actor.value;
  return operation.slots === undefined
    ? handle()
    : inSlot(operation.slots, account === null ? 'platform' : payerOf(account), { req, res }, handle);
}

async function handleAllowed(
  face: Face,
  operation: AnyOperation,
  deps: FaceDeps,
  actor: Actor,
  req: Request,
  res: Response,
): Promise<Result<Answer, RequestRefusal>> {
  const params = (operation.params ?? ANYTHING).safeParse(req.params);
  // A malformed id is an unknown one (decision B2).
  if (!params.success) return err({ kind: 'not_found', resource: operation.resource ?? 'record' });
  const key = operation.method === 'POST' ? readIdempotencyKey(req.headers) : ok(null);
  if (!key.ok) return key;
  const query = readQuery(req.url);
  if (!query.ok) return query;
  const wait = operation.changes ? readWait(face.wait, query.value, req.headers) : ok('applied' as const);
  const overrides = operation.changes ? readOverride(face.wait, query.value) : ok(false);
  const ifVersion = operation.changes ? readIfMatch(req.headers) : ok(null);
  const parsedQuery = parse(face, operation.query ?? NOTHING, 'query', query.value);
  const bad = collect([wait, overrides, ifVersion, parsedQuery]);
  const input = await readInput(face, operation, deps, req);
  if (!input.ok) return bad === null ? input : err(merge(bad, input.error));
  if (bad !== null) return err(bad);
  if (!wait.ok || !overrides.ok || !ifVersion.ok || !parsedQuery.ok) throw new Error('unreachable: collected above');
  const request = {
    actor: overrides.value ? { ...actor, overridesExpectations: true as const } : actor,
    params: params.data,
    query: parsedQuery.value,
    body: input.value.body,
    stream: input.value.stream ? { mediaType: mediaTypeOf(req), readable: req } : null,
    headers: req.headers,
    wait: wait.value,
    ifVersion: ifVersion.value,
    requestId: contextOf(res).requestId,
    mountedAt: req.baseUrl,
  };
  if (key.value === null) return operation.handle(request);
  return handleOnce(deps.once, { face, operation, key: key.value, request, rawBody: input.value.raw, message: req });
}

async function authenticate(face: Face, deps: FaceDeps, req: Request, res: Response): Promise<Result<Actor, RequestRefusal>> {
  const { ip, requestId } = contextOf(res);
  const params = req.params as Readonly<Record<string, string>>;
  const actor = await face.authenticate({ headers: req.headers, params, ip, requestId });
  if (actor.ok || actor.error.kind !== 'unauthenticated') return actor;
  // A source that guesses is slowed down; a right key from it still passes (decision B36).
  const retryAfterSeconds = deps.failedAuth.fail(ip ?? 'unknown');
  return retryAfterSeconds === null ? actor : err({ kind: 'rate_limited', retryAfterSeconds });
}

const RANK: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };

const isAllowed = ({ need }: AnyOperation, actor: Actor): boolean =>
  RANK[actor.role] >= RANK[need?.role ?? 'member'] && (need?.scope === undefined || hasScope(actor, need.scope));

async function readInput(
  face: Face,
  operation: AnyOperation,
  deps: FaceDeps,
  req: Request,
): Promise<Result<{ body: unknown; raw?: unknown; stream: boolean }, RequestRefusal>> {
  if (operation.streams?.includes(mediaTypeOf(req)) && hasBody(req)) {
    return isUncompressed(req) ? ok({ body: undefined, stream: true }) : err({ kind: 'unsupported_media_type' });
  }
  if (operation.body === undefined) return ok({ body: undefined, stream: false });
  const body = await readJsonBody(req, operation.bodyBytesMax ?? deps.bodyBytesMax);
  if (!body.ok) return body;
  // A POST without a body misses its fields and names them; a PATCH without one would be a silent success (decision B30).
  const value = body.value === undefined && operation.method === 'POST' ? {} : body.value;
  const parsed = parse(face, operation.body, 'body', value);
  return parsed.ok ? ok({ body: parsed.value, raw: value, stream: false }) : parsed;
}

const ANYTHING = z.unknown();
const NOTHING = z.object({});
const strictForms = new WeakMap<z.ZodType, z.ZodType>();

/** Made once for each schema: a new one compiles its own code at its first use, which costs a request more than all its other parsing. */
function strictOf(schema: z.ZodType): z.ZodType {
  if (!(schema instanceof z.ZodObject)) return schema;
  const known = strictForms.get(schema) ?? schema.strict();
  strictForms.set(schema, known);
  return known;
}

function parse(face: Face, schema: z.ZodType, where: InvalidField['in'], input: unknown): Result<unknown, RequestRefusal> {
  const parsed = (face.unknownParameters === 'refuse' ? strictOf(schema) : schema).safeParse(input);
  return parsed.success ? ok(parsed.data) : err({ kind: 'invalid', fields: invalidFields(parsed.error.issues, where, input) });
}

/** All refusals of a request in one answer, so that a client need not find them one by one. */
const collect = (results: readonly Result<unknown, RequestRefusal>[]): RequestRefusal | null =>
  results.reduce<RequestRefusal | null>((bad, result) => (result.ok ? bad : bad === null ? result.error : merge(bad, result.error)), null);

const merge = (a: RequestRefusal, b: RequestRefusal): RequestRefusal =>
  a.kind === 'invalid' && b.kind === 'invalid' ? { kind: 'invalid', fields: [...a.fields, ...b.fields] } : b.kind === 'invalid' ? a : b;
