import { isIP } from 'node:net';
import { err, ok, type Result } from '../result.ts';
import { type Located, locate, type NamedDestination } from './locate.ts';
import { type NameService, nameService } from './name-service.ts';
import { orderHops } from './order-hops.ts';
import { defaultPort, type Protocol, type Target } from './sip-transport.ts';

/** Where a URI points before its name is resolved. `host` is a name or an address; IPv6 may be in brackets. */
export type Destination = NamedDestination;

/** Bounds of name resolution. */
export interface ResolverLimits {
  /** A question unanswered by then has failed. */
  readonly dnsDeadlineMs: number;
  /** Bounds of the lifetime that name servers tell. */
  readonly dnsCacheMinMs: number;
  readonly dnsCacheMaxMs: number;
  /** Lifetime of what NAPTR and SRV said: the system's resolver does not tell theirs. */
  readonly dnsServiceCacheMs: number;
  /** How long a failure is believed. */
  readonly dnsNegativeCacheMs: number;
  /** How long an answer that ran out still serves while no name server answers. */
  readonly dnsStaleMs: number;
  readonly dnsEntriesMax: number;
  readonly dnsPendingMax: number;
}

/** What resolving needs besides its bounds. */
export interface ResolverDeps {
  /** Name servers as `address[:port]`; none: the system's. */
  readonly servers?: readonly string[] | undefined;
  reaches(protocol: Protocol, family: 4 | 6): boolean;
  readonly names?: NameService;
  now?(): number;
}

/** The targets to try in this order, never none. */
export type Targets = Result<readonly Target[], string>;
type Answer = Result<Located, string>;
type Waiter = (answer: Answer) => void;

const TARGETS_MAX = 24;
/** What an application is told when we have no listener for a transport. */
export const NOT_AVAILABLE = 'requested protocol/transport not available';

/** Turns hosts into peers (RFC 3263): numeric ones at once, names with a deadline, a bounded cache and shared questions. */
export class Resolver {
  readonly #limits: ResolverLimits;
  readonly #deps: ResolverDeps;
  readonly #names: NameService;
  readonly #now: () => number;
  readonly #cache = new Map<string, { readonly answer: Answer; readonly until: number; readonly staleUntil: number }>();
  readonly #pending = new Map<string, Waiter[]>();

  constructor(limits: ResolverLimits, deps: ResolverDeps) {
    this.#limits = limits;
    this.#deps = deps;
    this.#names = deps.names ?? nameService(deps.servers ?? [], limits.dnsDeadlineMs);
    this.#now = deps.now ?? (() => performance.now());
  }

  /** Calls `done` with the peers, at once for numeric hosts and cached names. */
  resolve(given: Destination, done: (targets: Targets) => void): void {
    const host = given.host.startsWith('[') ? given.host.slice(1, -1) : given.host.toLowerCase();
    const to = { ...given, host };
    const family = isIP(host);
    if (family !== 0) return void done(this.#numeric(to, family as 4 | 6));
    if (!this.#speaks(to.secure ? 'tls' : to.protocol)) return void done(err(NOT_AVAILABLE));
    const key = `${to.protocol ?? ''}|${to.secure ? 's' : ''}|${host}|${to.port ?? ''}`;
    const finish = (answer: Answer): void => done(answer.ok ? peersOf(answer.value, host) : answer);
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > this.#now()) return void finish(cached.answer);
    const waiting = this.#pending.get(key);
    if (waiting !== undefined) {
      waiting.push(finish);
      return;
    }
    if (this.#pending.size >= this.#limits.dnsPendingMax) return void finish(err('name resolution is overloaded'));
    this.#pending.set(key, [finish]);
    this.#ask(key, to);
  }

  #numeric(to: NamedDestination, family: 4 | 6): Targets {
    // RFC 3263 §4.1: an address without a transport means UDP, TLS for sips.
    const protocol = to.protocol ?? (to.secure ? 'tls' : 'udp');
    // WebSocket peers cannot be called, but one that has called us is found by its address.
    if (protocol !== 'ws' && protocol !== 'wss' && !this.#deps.reaches(protocol, family)) return err(NOT_AVAILABLE);
    return ok([{ protocol, address: to.host, port: to.port ?? defaultPort(protocol) }]);
  }

  #speaks(protocol: Protocol | undefined): boolean {
    if (protocol === undefined) return true;
    return this.#deps.reaches(protocol, 4) || this.#deps.reaches(protocol, 6);
  }

  #ask(key: string, to: NamedDestination): void {
    const late = setTimeout(() => this.#failed(key, to.host), this.#limits.dnsDeadlineMs);
    late.unref();
    locate({ names: this.#names, reaches: (protocol, family) => this.#deps.reaches(protocol, family) }, to).then(
      (located) => {
        clearTimeout(late);
        if (located.hops.length === 0) this.#settle(key, err(`cannot resolve ${to.host}`), this.#limits.dnsNegativeCacheMs);
        else this.#settle(key, ok(located), this.#lifetime(located));
      },
      () => {
        clearTimeout(late);
        this.#failed(key, to.host);
      },
    );
  }

  #lifetime({ ttlMs, byService }: Located): number {
    const { dnsCacheMinMs, dnsCacheMaxMs, dnsServiceCacheMs } = this.#limits;
    const bounded = Math.min(dnsCacheMaxMs, Math.max(dnsCacheMinMs, ttlMs));
    return byService ? Math.min(bounded, dnsServiceCacheMs) : bounded;
  }

  /** Nobody could say: the last answer is more likely right than none (RFC 8767). */
  #failed(key: string, host: string): void {
    const before = this.#cache.get(key);
    const stale = before?.answer.ok === true && before.staleUntil > this.#now() ? before : undefined;
    this.#settle(key, stale?.answer ?? err(`no answer for ${host}`), this.#limits.dnsNegativeCacheMs, stale?.staleUntil);
  }

  #settle(key: string, answer: Answer, lifetimeMs: number, staleUntil?: number): void {
    const waiting = this.#pending.get(key);
    if (waiting === undefined) return;
    this.#pending.delete(key);
    this.#cache.delete(key);
    if (this.#cache.size >= this.#limits.dnsEntriesMax) this.#cache.delete(this.#cache.keys().next().value ?? '');
    const until = this.#now() + lifetimeMs;
    this.#cache.set(key, { answer, until, staleUntil: staleUntil ?? until + this.#limits.dnsStaleMs });
    for (const waiter of waiting) waiter(answer);
  }
}

function peersOf(located: Located, serverName: string): Targets {
  const peers = orderHops(located.hops).flatMap(({ protocol, port, addresses }) =>
    addresses.map((address): Target => ({ protocol, address, port, ...(protocol === 'tls' ? { serverName } : {}) })),
  );
  return ok(peers.slice(0, TARGETS_MAX));
}
