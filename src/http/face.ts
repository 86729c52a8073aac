import type { IncomingHttpHeaders } from 'node:http';
import express, { type Request, type Response, type Router } from 'express';
import type { z } from 'zod';
import type { Actor } from '../app/actor.ts';
import type { FailedAuthLimiter } from '../app/auth/failed-auth-limiter.ts';
import type { OnceDeps } from '../app/idempotency/once.ts';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import type { Logger } from '../kit/log.ts';
import type { Result } from '../kit/result.ts';
import type { HttpRefusal, RefusalContext } from './http-refusal.ts';
import { type FaceName, isMounted, MOUNTS, type Mount } from './mount-table.ts';
import type { Answer, AnyOperation, Method } from './operation.ts';
import { contextOf } from './request-context.ts';
import { runOperation } from './run-operation.ts';
import { sendAnswer } from './send-answer.ts';

/** What authentication may look at. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  readonly ip: string | null;
  readonly requestId: string;
}

/** One dialect of the product: its operations and how it speaks. */
export interface Face {
  readonly name: FaceName;
  readonly title: string;
  readonly operations: readonly AnyOperation[];
  /** False: paths match in any case. */
  readonly caseSensitive: boolean;
  /** What an unknown query parameter or body field gets (decision B31). */
  readonly unknownParameters: 'refuse' | 'ignore';
  /** Whether `?wait=` is a parameter of changes, or only `Prefer: wait=n` is heard (decision B17). */
  readonly wait: 'query' | 'prefer';
  authenticate(head: RequestHead): Promise<Result<Actor, RequestRefusal>>;
  /** Says no in this face's words. Must be the same for the same refusal of the same operation, request id aside. */
  render(refusal: HttpRefusal, context: RefusalContext): Answer;
  /** Headers of every answer of the face's operations, whatever it is. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** OpenAPI security schemes by name; any one of them is enough. */
  readonly securitySchemes: Readonly<Record<string, object>>;
  /** Header parameters that every operation takes, for the OpenAPI document. */
  readonly headerParameters: readonly object[];
  readonly errorSchema: z.ZodType;
  readonly errorMediaType: string;
}

/** What every face's router needs of its server. */
export interface FaceDeps {
  readonly log: Logger;
  readonly failedAuth: FailedAuthLimiter;
  readonly bodyBytesMax: number;
  /** Keeps answers for `Idempotency-Key`. */
  readonly once: OnceDeps;
  /** Tells errors that say the store is away (503) from faults of ours (500). */
  readonly isStoreAway: (error: unknown) => boolean;
}

/** Builds the router of a face for one mount. Only the operations' own paths hang on it, no middleware (decision B30). */
export function faceRouter(face: Face, mount: Mount, deps: FaceDeps): Router {
  const router = express.Router({ caseSensitive: face.caseSensitive, strict: false });
  const mounts = MOUNTS.filter((each) => each.face === face.name);
  const lost = face.operations.find(({ path }) => !mounts.some((each) => isMounted(each, path)));
  if (lost !== undefined) throw new Error(`${face.name}: ${lost.path} is not in the mount table`);
  const operations = face.operations.filter(({ path }) => isMounted(mount, path));
  for (const operation of operations) {
    router[verb(operation.method)](operation.path, (req: Request, res: Response) => runOperation(face, operation, deps, req, res));
  }
  for (const path of new Set(operations.map((operation) => operation.path))) {
    const allow = allowOf(operations.filter((operation) => operation.path === path));
    router.all(path, (req: Request, res: Response) => {
      const withoutId = req.path.endsWith('/')
        ? operations.find((each) => each.method === req.method && isChild(each.path, path))
        : undefined;
      if (withoutId !== undefined) return runOperation(face, withoutId, deps, req, res);
      return answerOtherMethod(face, path, allow, req, res);
    });
  }
  return router;
}

/** `/things/:id` is the child of `/things`: `PATCH /things/` has an empty id, which is unknown like any other (decision B26). */
const isChild = (path: string, parent: string): boolean => path.startsWith(`${parent}/:`) && !path.slice(parent.length + 2).includes('/');

const verb = (method: Method): 'get' | 'post' | 'put' | 'patch' | 'delete' => method.toLowerCase() as 'get';

function allowOf(operations: readonly AnyOperation[]): string {
  const methods = operations.map(({ method }) => method as string);
  return [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].toSorted().join(', ');
}

function answerOtherMethod(face: Face, path: string, allow: string, req: Request, res: Response): Promise<void> {
  const context = contextOf(res);
  context.face = face.name;
  context.route = path;
  if (req.method === 'OPTIONS') return sendAnswer(req, res, { status: 204, headers: { Allow: allow } });
  const answer = face.render({ kind: 'method_not_allowed', allow }, { operation: null, requestId: context.requestId });
  return sendAnswer(req, res, { ...answer, headers: { ...answer.headers, Allow: allow } });
}
