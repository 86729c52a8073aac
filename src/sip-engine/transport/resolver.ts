import { lookup, type SrvRecord } from 'node:dns';
import { resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Peer, Protocol } from './peer.ts';

/** Where a URI points before its name is resolved. */
export interface Destination {
  readonly protocol: Protocol;
  /** Name or address; IPv6 may be in brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Bounds of name resolution. */
export interface ResolverLimits {
  readonly dnsDeadlineMs: number;
  readonly dnsCacheMs: number;
  readonly dnsEntriesMax: number;
  readonly dnsPendingMax: number;
}

type Answer = Result<{ readonly address: string; readonly port: number | undefined }, string>;
type Waiter = (answer: Answer) => void;

const NEGATIVE_CACHE_MS = 2000;

/** Turns hosts into addresses: numeric ones at once, names by SRV and A/AAAA with a deadline, a bounded cache and bounded questions. */
export class Resolver {
  readonly #limits: ResolverLimits;
  readonly #now: () => number;
  readonly #cache = new Map<string, { readonly answer: Answer; readonly until: number }>();
  readonly #pending = new Map<string, Waiter[]>();

  constructor(limits: ResolverLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Calls `done` with the peer, at once for numeric hosts and cached names. */
  resolve(to: Destination, done: (peer: Result<Peer, string>) => void): void {
    const host = to.host.startsWith('[') ? to.host.slice(1, -1) : to.host.toLowerCase();
    const finish = (answer: Answer): void =>
      done(answer.ok ? ok({ protocol: to.protocol, address: answer.value.address, port: to.port ?? answer.value.port ?? 5060 }) : answer);
    if (isIP(host) !== 0) {
      finish(ok({ address: host, port: undefined }));
      return;
    }
    // RFC 3263 §4.2: an explicit port means no SRV.
    const key = to.port === undefined ? `${to.protocol}|${host}` : `a|${host}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > this.#now()) {
      finish(cached.answer);
      return;
    }
    const waiting = this.#pending.get(key);
    if (waiting !== undefined) {
      waiting.push(finish);
      return;
    }
    if (this.#pending.size >= this.#limits.dnsPendingMax) {
      finish(err('name resolution is overloaded'));
      return;
    }
    this.#pending.set(key, [finish]);
    this.#ask(key, host, to);
  }

  #ask(key: string, host: string, to: Destination): void {
    const late = setTimeout(() => this.#settle(key, err(`no answer for ${host}`)), this.#limits.dnsDeadlineMs);
    late.unref();
    void find(host, to.port === undefined && host.includes('.') ? `_sip._${to.protocol}.${host}` : undefined)
      .catch((): Answer => err(`cannot resolve ${host}`))
      .then((answer) => {
        clearTimeout(late);
        this.#settle(key, answer);
      });
  }

  #settle(key: string, answer: Answer): void {
    const waiting = this.#pending.get(key);
    if (waiting === undefined) return;
    this.#pending.delete(key);
    this.#cache.delete(key);
    if (this.#cache.size >= this.#limits.dnsEntriesMax) this.#cache.delete(this.#cache.keys().next().value ?? '');
    this.#cache.set(key, { answer, until: this.#now() + (answer.ok ? this.#limits.dnsCacheMs : NEGATIVE_CACHE_MS) });
    for (const waiter of waiting) waiter(answer);
  }
}

async function find(host: string, service: string | undefined): Promise<Answer> {
  const records = service === undefined ? [] : await resolveSrv(service).catch(() => []);
  const best = choose(records);
  const address = await addressOf(best?.name ?? host);
  return address === undefined ? err(`cannot resolve ${host}`) : ok({ address, port: best?.port });
}

/** Lowest priority; among equals by weight (RFC 2782). */
function choose(records: readonly SrvRecord[]): SrvRecord | undefined {
  const lowest = Math.min(...records.map((record) => record.priority));
  const candidates = records.filter((record) => record.priority === lowest);
  let at = Math.random() * candidates.reduce((sum, record) => sum + record.weight + 1, 0);
  return candidates.find((record) => {
    at -= record.weight + 1;
    return at <= 0;
  });
}

// getaddrinfo rather than a bare A query: it reads the hosts file too.
function addressOf(host: string): Promise<string | undefined> {
  return new Promise((done) => lookup(host, { family: 4 }, (error, address) => done(error === null ? address : undefined)));
}
