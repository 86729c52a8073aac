import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** After the maker's own deadline: a client that does not read must not hold a connection for ever. */
const GRACE_MS = 5000;

/**
 * Writes chunks as the client takes them. A client that goes away ends their making; when the making fails what was written goes out
 * and the connection is cut, so that nobody takes a part for the whole (RFC 9112 §8). Never rejects.
 */
export async function sendChunks(res: ServerResponse, chunks: AsyncIterable<string>, msMax: number): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  res.once('close', leave);
  const timer = setTimeout(() => res.destroy(), msMax + GRACE_MS);
  timer.unref();
  try {
    for await (const chunk of chunks) {
      if (res.destroyed) return;
      if (!res.write(chunk)) await once(res, 'drain', { signal: gone.signal });
    }
    res.end();
  } catch {
    // Behind the last chunk, which says why.
    if (!res.destroyed) res.write('', () => res.destroy());
  } finally {
    clearTimeout(timer);
    res.off('close', leave);
  }
}
