import type { IncomingMessage } from 'node:http';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { err, ok, type Result } from '../kit/result.ts';

const DEPTH_MAX = 32;
const DISCARD_BYTES_MAX = 8 * 1024 * 1024;
const DISCARD_MS = 1000;

/** True when the request announces a body of at least one byte (RFC 9112 §6.3). */
export const hasBody = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

/** The media type without parameters, in lower case; empty when there is none. */
export const mediaTypeOf = (req: IncomingMessage): string =>
  (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** `application/json`, `application/merge-patch+json` and the like, in UTF-8 and not compressed. */
function isPlainJson(req: IncomingMessage): boolean {
  const charset = /;\s*charset="?([^";\s]{1,40})/i.exec(req.headers['content-type'] ?? '')?.[1]?.toLowerCase();
  return (
    /^application\/([a-z0-9.-]{1,60}\+)?json$/.test(mediaTypeOf(req)) &&
    (charset === undefined || charset === 'utf-8' || charset === 'utf8') &&
    isUncompressed(req)
  );
}

/** Compressed bodies are refused rather than inflated: a small one can hold a very large one. */
export const isUncompressed = (req: IncomingMessage): boolean => /^(identity)?$/i.test(req.headers['content-encoding'] ?? '');

/** Reads a JSON body of at most `bytesMax` bytes; undefined when there is none. */
export async function readJsonBody(req: IncomingMessage, bytesMax: number): Promise<Result<unknown, RequestRefusal>> {
  if (!hasBody(req)) return ok(undefined);
  if (!isPlainJson(req)) return err({ kind: 'unsupported_media_type' });
  const bytes = await readBytes(req, bytesMax);
  if (bytes === null) return err({ kind: 'body_too_large', bytesMax });
  if (bytes.length === 0) return ok(undefined);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return err({ kind: 'malformed_body', detail: 'The body is not valid JSON in UTF-8.' });
  }
  // Deep nesting breaks recursive code much later, where nobody expects it.
  if (isDeeperThan(value, DEPTH_MAX)) return err({ kind: 'malformed_body', detail: `The body is nested deeper than ${DEPTH_MAX} levels.` });
  return ok(value);
}

/** The bytes, or null when there are more than `bytesMax`. Rejects when the client goes away. */
function readBytes(req: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void) => {
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      finish();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) chunks.push(chunk);
      else settle(() => resolve(null));
    };
    const onEnd = () => settle(() => resolve(Buffer.concat(chunks, size)));
    const onGone = () => settle(() => reject(new ClientGone()));
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

/** The client closed its connection in the middle of the request: nobody is left to answer, and it is no fault of ours. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

function isDeeperThan(value: unknown, depthMax: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

/**
 * Swallows what is left of a body nobody will read, so that the client gets to read the answer instead of a reset connection.
 * Resolves false when it was too much or too slow: the connection must close then.
 */
export function discardBody(req: IncomingMessage): Promise<boolean> {
  if (req.readableEnded || req.complete || !hasBody(req)) return Promise.resolve(true);
  return new Promise((resolve) => {
    let left = DISCARD_BYTES_MAX;
    const settle = (whole: boolean) => {
      clearTimeout(timer);
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      resolve(whole);
    };
    const onData = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) settle(false);
    };
    const onEnd = () => settle(true);
    const onClose = () => settle(false);
    const timer = setTimeout(() => settle(false), DISCARD_MS);
    req.on('data', onData).on('end', onEnd).on('close', onClose);
    req.resume();
  });
}
