/** Counts failed authentications by source address, in real time and bounded memory (decision B36). */
export interface FailedAuthLimiter {
  /** Notes a failure. Null while the source is within its allowance, else the seconds until it has one again. */
  fail(source: string): number | null;
}

export interface FailedAuthLimiterOptions {
  readonly perMinute: number;
  /** Milliseconds that never go back; not the product's clock: rates stay real (decision B16). */
  readonly nowMs: () => number;
  readonly sourcesMax?: number;
}

const WINDOW_MS = 60_000;

/** A limiter of this process. Several API processes each allow `perMinute`. */
export function createFailedAuthLimiter({ perMinute, nowMs, sourcesMax = 10_000 }: FailedAuthLimiterOptions): FailedAuthLimiter {
  const failures = new Map<string, { count: number; startedAt: number }>();
  return {
    fail(source) {
      const now = nowMs();
      const key = networkOf(source);
      const before = failures.get(key);
      const window = before === undefined || now - before.startedAt >= WINDOW_MS ? { count: 0, startedAt: now } : before;
      window.count += 1;
      // Re-inserting keeps the map in order of last failure; the longest quiet source is forgotten first.
      failures.delete(key);
      failures.set(key, window);
      if (failures.size > sourcesMax) failures.delete(failures.keys().next().value ?? key);
      return window.count <= perMinute ? null : Math.max(1, Math.ceil((window.startedAt + WINDOW_MS - now) / 1000));
    },
  };
}

/** One IPv6 subscriber has a /64 at least: its addresses count as one source. */
const networkOf = (source: string): string => (source.includes(':') ? ipv6Prefix(source) : source);

function ipv6Prefix(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - (tail === '' ? 0 : tail.split(':').length));
  const whole = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return whole.slice(0, 4).join(':');
}
