import type { Request, Response } from 'express';
import type { Answer } from './operation.ts';
import { discardBody } from './read-body.ts';
import { contextOf } from './request-context.ts';
import { sendChunks } from './send-chunks.ts';

/** Writes an answer, after swallowing a body that nobody read. Nothing happens when the client is gone. */
export async function sendAnswer(req: Request, res: Response, answer: Answer): Promise<void> {
  const whole = await discardBody(req);
  if (res.headersSent || res.destroyed) return;
  res.statusCode = answer.status;
  // Answers depend on who asks and may carry secrets: nobody in between keeps them.
  res.setHeader('Cache-Control', 'no-store');
  const text = answer.text ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body));
  if (text !== undefined) res.setHeader('Content-Type', 'application/json; charset=utf-8');
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
  // RFC 9110 §15.5.2: a 401 names a scheme.
  if (answer.status === 401 && !res.hasHeader('WWW-Authenticate')) res.setHeader('WWW-Authenticate', 'Bearer');
  if (!whole || contextOf(res).draining()) res.setHeader('Connection', 'close');
  if (answer.chunks !== undefined && req.method !== 'HEAD') return sendChunks(res, answer.chunks.from, answer.chunks.msMax);
  const sent = text ?? answer.bytes;
  // RFC 9110 §8.6: no Content-Length with 204.
  if (sent !== undefined) res.setHeader('Content-Length', Buffer.byteLength(sent));
  else if (answer.status !== 204 && answer.status !== 304) res.setHeader('Content-Length', 0);
  res.end(req.method === 'HEAD' ? undefined : sent);
}
