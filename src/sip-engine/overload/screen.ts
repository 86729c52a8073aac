import { KeyedTokenBuckets } from '../../kit/keyed-token-buckets.ts';
import { TokenBucket } from '../../kit/token-bucket.ts';
import type { RequestView } from '../message/read-request.ts';
import { header } from '../message/sip-message.ts';
import type { EngineLimits } from '../settings.ts';
import type { Peer } from '../transport/peer.ts';
import { sourceKey } from '../transport/source-key.ts';

/** What becomes of a request: it is taken, answered 503 without state, or not answered at all. */
export type Verdict =
  | { readonly kind: 'take' }
  | { readonly kind: 'refuse' | 'ignore'; readonly why: 'scanner' | 'source_rate' | 'engine_rate' | 'queue_delay' };

const TAKE: Verdict = { kind: 'take' };

/**
 * Lets new work in only as fast as it may come: what belongs to a dialog or ends something (CANCEL, ACK) always gets through, so that
 * calls that go on are not hurt by those that come (RFC 7339 §5.10.1 and RFC 5390 REQ 13 ask the same).
 */
export class Screen {
  readonly #scanners: readonly string[];
  readonly #isBehind: () => boolean;
  readonly #sources: KeyedTokenBuckets;
  readonly #all: TokenBucket;
  readonly #refusals: TokenBucket;

  constructor(limits: EngineLimits, scanners: readonly string[], isBehind: () => boolean) {
    this.#scanners = scanners.map((pattern) => pattern.toLowerCase()).filter((pattern) => pattern !== '');
    this.#isBehind = isBehind;
    this.#sources = new KeyedTokenBuckets(limits.sourceRequestsPerSecond, 2 * limits.sourceRequestsPerSecond, limits.sourcesMax);
    this.#all = new TokenBucket(limits.newRequestsPerSecond, limits.newRequestsPerSecond);
    this.#refusals = new TokenBucket(limits.refusalsPerSecond, limits.refusalsPerSecond);
  }

  judge(view: RequestView, from: Peer): Verdict {
    if (view.toTag !== '' || view.message.method === 'CANCEL' || view.message.method === 'ACK') return TAKE;
    // An answer would tell a scanner that somebody is here.
    if (this.#isScanner(view)) return { kind: 'ignore', why: 'scanner' };
    if (!this.#sources.take(sourceKey(from.address))) return this.#refuse('source_rate');
    if (this.#isBehind()) return this.#refuse('queue_delay');
    return this.#all.take() ? TAKE : this.#refuse('engine_rate');
  }

  // Who is flooded must not answer it all: beyond some answers a second there is silence.
  #refuse(why: 'source_rate' | 'engine_rate' | 'queue_delay'): Verdict {
    return { kind: this.#refusals.take() ? 'refuse' : 'ignore', why };
  }

  #isScanner({ message }: RequestView): boolean {
    if (this.#scanners.length === 0) return false;
    const shown = [header(message, 'user-agent'), header(message, 'from'), header(message, 'to'), header(message, 'contact')];
    return shown.some((value) => {
      const text = value?.toLowerCase() ?? '';
      return text !== '' && this.#scanners.some((pattern) => text.includes(pattern));
    });
  }
}
