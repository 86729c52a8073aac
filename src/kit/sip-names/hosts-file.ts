import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

const CACHE_MS = 5000;
const BYTES_MAX = 1_048_576;

/** The machine's own names, which come before any name server; read again when older than a few seconds. */
export class HostsFile {
  readonly #path: string;
  #names: ReadonlyMap<string, readonly string[]> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(path = '/etc/hosts') {
    this.#path = path;
  }

  /** Addresses of a lower-case name; none when it is not there. */
  async find(name: string): Promise<readonly string[]> {
    if (performance.now() - this.#readAt > CACHE_MS) {
      this.#readAt = performance.now();
      const text = await readFile(this.#path, 'latin1').catch(() => '');
      this.#names = read(text.slice(0, BYTES_MAX));
    }
    return this.#names.get(name) ?? [];
  }
}

function read(text: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...aliases] = (line.split('#')[0] ?? '').trim().split(/[ \t]+/);
    if (isIP(address) === 0) continue;
    for (const alias of aliases) {
      const key = alias.toLowerCase();
      names.set(key, [...(names.get(key) ?? []), address]);
    }
  }
  return names;
}
