import type { BanRule, SipBanStore } from '../app/ports/sip-bans.ts';
import { banAddressOf, type SipBan } from '../domain/sip-ban.ts';
import type { Logger } from '../kit/log.ts';
import type { SipServer } from './sip-stack.ts';

/** What guarding against sources that guess passwords needs. */
export interface BanGuardDeps {
  readonly store: SipBanStore;
  /** `failuresMax` 0: nobody is banned. */
  readonly rule: BanRule;
  /** True for sources that are never banned: those of trunk groups, and the exempt networks. */
  readonly isExempt: (address: string) => boolean;
  /** Moves when `isExempt` may say something else. */
  readonly exemptions: () => unknown;
  readonly servers: () => readonly SipServer[];
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** Who logged in within this time shares its address with somebody who is right: longer than a registration lasts without a REGISTER. */
const TRUSTED_MS = 3 * 3_600_000;
const TRUSTED_MAX = 20_000;

/**
 * Bans sources that fail to log in too often, on all agents and on engines that can drop them early. Whoever calls `failed` has proof
 * that the source hears us: over UDP anybody can be pretended to be, and would be locked out by others (RFC 3261 §26.1).
 */
export class BanGuard {
  readonly #deps: BanGuardDeps;
  readonly #trusted = new Map<string, number>();
  #bans = new Map<string, number>();
  #seen: { readonly version: string; readonly exemptions: unknown } | undefined;

  /** Bans this agent put. */
  made = 0;

  constructor(deps: BanGuardDeps) {
    this.#deps = deps;
  }

  /** Bans that are in force, as last read. */
  get size(): number {
    return this.#current().length;
  }

  isBanned(ip: string): boolean {
    if (this.#bans.size === 0) return false;
    const until = this.#bans.get(banAddressOf(ip) ?? '');
    return until !== undefined && until > this.#deps.nowMs() && !this.#deps.isExempt(ip);
  }

  /** Somebody at this address logged in. */
  passed(ip: string): void {
    const address = banAddressOf(ip);
    if (address === null) return;
    this.#trusted.delete(address);
    this.#trusted.set(address, this.#deps.nowMs());
    const [oldest] = this.#trusted.keys();
    if (this.#trusted.size > TRUSTED_MAX && oldest !== undefined) this.#trusted.delete(oldest);
  }

  /** Somebody at this address, who has proved to be there, gave a wrong digest. Never throws. */
  async failed(ip: string): Promise<void> {
    const { store, rule, log, isExempt, nowMs } = this.#deps;
    const address = banAddressOf(ip);
    if (rule.failuresMax === 0 || address === null || isExempt(ip)) return;
    // One phone with an old password is no reason to cut off the whole office behind the same address.
    if (nowMs() - (this.#trusted.get(address) ?? Number.NEGATIVE_INFINITY) < TRUSTED_MS) return;
    try {
      if ((await store.fail(address, rule)) === 'counted') return;
      log.warn('a source is banned: too many failed SIP logins', { address, forMs: rule.banMs });
      this.made += 1;
      await this.look();
    } catch (error) {
      log.warn('a failed SIP login was not counted', { error: String(error) });
    }
  }

  /** Reads the bans when they moved, and tells the SIP servers. */
  async look(): Promise<void> {
    const { store, exemptions, isExempt, nowMs, servers } = this.#deps;
    const seen = { version: await store.version(), exemptions: exemptions() };
    if (seen.version === this.#seen?.version && seen.exemptions === this.#seen.exemptions) return;
    const list = seen.version === '' ? [] : await store.list();
    const now = nowMs();
    const inForce = list.filter(({ address }) => !isExempt(address));
    this.#bans = new Map(inForce.map(({ address, remainingMs }: SipBan) => [address, now + remainingMs]));
    this.#seen = seen;
    for (const server of servers()) this.tell(server);
  }

  /** Tells a server that has just been connected, or all that is new. */
  tell(server: SipServer): void {
    server.ban(this.#current());
  }

  #current(): { address: string; remainingMs: number }[] {
    const now = this.#deps.nowMs();
    return [...this.#bans].flatMap(([address, until]) => (until > now ? [{ address, remainingMs: Math.ceil(until - now) }] : []));
  }
}
