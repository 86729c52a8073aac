import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** A body that is hashed as it is read. */
export interface HashedBody {
  readonly readable: Readable;
  /** SHA-256 of all of it, in hexadecimal. Throws before its end was read. */
  digest(): string;
}

/** Hashes a body on its way to who reads it (decision B14). Whoever stops early destroys `readable`; `source` stays whole then. */
export function hashedBody(source: Readable): HashedBody {
  const hash = createHash('sha256');
  let digest: string | null = null;
  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
    digest = hash.digest('hex');
  }
  return {
    readable: Readable.from(chunks(), { objectMode: false }),
    digest() {
      if (digest === null) throw new Error('the body was not read to its end');
      return digest;
    },
  };
}
