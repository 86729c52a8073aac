import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { HttpMetrics } from '../app/ports/metrics.ts';
import { newId } from '../kit/ids.ts';
import type { Logger } from '../kit/log.ts';

/** What is known of a request from its first byte on. */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string | null;
  /** Which face and path template answered; `none` until known. Never the path itself: it carries ids. */
  face: string;
  route: string;
  /** The account it was answered for, for the log. */
  accountId: string | null;
  /** The kind of refusal it was answered with. */
  refusal: string | null;
  /** True once the server is draining: every answer then closes its connection. */
  readonly draining: () => boolean;
}

interface ContextDeps {
  readonly log: Logger;
  readonly metrics: HttpMetrics;
  readonly draining: () => boolean;
}

const REQUEST_ID = /^[A-Za-z0-9._:+=@/-]{1,128}$/;
const contexts = new WeakMap<ServerResponse, RequestContext>();

/** The context of a response that passed `requestContext`. */
export function contextOf(res: ServerResponse): RequestContext {
  const context = contexts.get(res);
  if (context === undefined) throw new Error('the response did not pass requestContext');
  return context;
}

/** First in line: gives every request its id, and when it ends one log line and one observation. */
export function requestContext(deps: ContextDeps): RequestHandler {
  return (req: Request, res: Response, next: NextFunction) => {
    const startedAt = performance.now();
    const context: RequestContext = {
      requestId: requestIdOf(req),
      ip: addressOf(req.ip),
      face: 'none',
      route: 'none',
      accountId: null,
      refusal: null,
      draining: deps.draining,
    };
    contexts.set(res, context);
    res.setHeader('X-Request-Id', context.requestId);
    res.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const status = res.writableFinished ? res.statusCode : 499;
      deps.metrics.observe({
        face: context.face,
        route: context.route,
        method: knownMethod(req.method),
        status,
        seconds,
        refusal: context.refusal,
      });
      deps.log.info('request', {
        request_id: context.requestId,
        method: knownMethod(req.method),
        face: context.face,
        route: context.route,
        status,
        ms: Math.round(seconds * 1e5) / 100,
        ip: context.ip,
        account_id: context.accountId,
      });
    });
    next();
  };
}

/** The client's own id where it is harmless, else a new one: it is repeated in headers, logs and audit rows. */
function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

/** An IPv4 peer of a dual-stack socket is that IPv4 address. */
function addressOf(ip: string | undefined): string | null {
  if (ip === undefined) return null;
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(ip) ? ip.slice(7) : ip.slice(0, 64);
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** A bounded set of labels whatever is sent. */
const knownMethod = (method: string): string => (METHODS.has(method) ? method : 'other');
