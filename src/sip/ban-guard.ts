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
/** So often at most the others are told of one such address: they may not have seen it, and neither has this agent after a restart. */
const TRUST_TOLD_MS = 600_000;

/**
 * Bans sources that fail to log in too often, on all agents and on engines that can drop them early. Whoever calls `failed` has proof
 * that the source hears us: over UDP anybody can be pretended to be, and would be locked out by others (RFC 3261 §26.1).
 */
export class BanGuard {
  readonly #deps: BanGuardDeps;
  /** When somebody there last logged in, and when the others were last told so. */
  readonly #trusted = new Map<string, { readonly at: number; readonly toldAt: number }>();
  /** Servers that have not heard of the bans as they are now, and those that are being told. */
  readonly #owed = new Set<SipServer>();
  readonly #telling = new Set<SipServer>();
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
    const now = this.#deps.nowMs();
    const { toldAt } = this.#trusted.get(address) ?? { toldAt: Number.NEGATIVE_INFINITY };
    const isDue = now - toldAt >= TRUST_TOLD_MS;
    this.#trusted.delete(address);
    this.#trusted.set(address, { at: now, toldAt: isDue ? now : toldAt });
    if (isDue && this.#deps.rule.failuresMax > 0) void this.#trust(address, now);
    const [oldest] = this.#trusted.keys();
    if (this.#trusted.size > TRUSTED_MAX && oldest !== undefined) this.#trusted.delete(oldest);
  }

  /** Somebody at this address, who has proved to be there, gave a wrong digest. Never throws. */
  async failed(ip: string): Promise<void> {
    const { store, rule, log, isExempt, nowMs } = this.#deps;
    const address = banAddressOf(ip);
    if (rule.failuresMax === 0 || address === null || isExempt(ip)) return;
    // One phone with an old password is no reason to cut off the whole office behind the same address.
    if (nowMs() - (this.#trusted.get(address)?.at ?? Number.NEGATIVE_INFINITY) < TRUSTED_MS) return;
    try {
      if ((await store.fail(address, rule)) === 'counted') return;
      log.warn('a source is banned: too many failed SIP logins', { address, forMs: rule.banMs });
      this.made += 1;
      await this.look();
    } catch (error) {
      log.warn('a failed SIP login was not counted', { error: String(error) });
    }
  }

  /** Reads the bans when they moved, and tells the SIP servers; those that did not hear are told again. */
  async look(): Promise<void> {
    try {
      await this.#read();
    } finally {
      for (const server of this.#owed) void this.#deliver(server);
    }
  }

  /** Tells a server that has just been connected. */
  tell(server: SipServer): void {
    this.#owed.add(server);
    void this.#deliver(server);
  }

  async #read(): Promise<void> {
    const { store, exemptions, isExempt, nowMs, servers } = this.#deps;
    const seen = { version: await store.version(), exemptions: exemptions() };
    if (seen.version === this.#seen?.version && seen.exemptions === this.#seen.exemptions) return;
    const list = seen.version === '' ? [] : await store.list();
    const now = nowMs();
    const inForce = list.filter(({ address }) => !isExempt(address));
    this.#bans = new Map(inForce.map(({ address, remainingMs }: SipBan) => [address, now + remainingMs]));
    this.#seen = seen;
    for (const server of servers()) this.#owed.add(server);
  }

  /** One telling at a time, so that the parts of two lists do not mix; none before the first look, which would lift what others told. */
  async #deliver(server: SipServer): Promise<void> {
    if (this.#seen === undefined || this.#telling.has(server)) return;
    this.#telling.add(server);
    try {
      while (this.#owed.delete(server)) {
        if (await server.ban(this.#current())) continue;
        this.#owed.add(server);
        break;
      }
    } finally {
      this.#telling.delete(server);
    }
  }

  async #trust(address: string, toldAt: number): Promise<void> {
    try {
      await this.#deps.store.trust(address, TRUSTED_MS);
    } catch (error) {
      this.#deps.log.warn('a SIP login was not told to the other agents', { error: String(error) });
      const held = this.#trusted.get(address);
      if (held?.toldAt === toldAt) this.#trusted.set(address, { at: held.at, toldAt: Number.NEGATIVE_INFINITY });
    }
  }

  #current(): { address: string; remainingMs: number }[] {
    const now = this.#deps.nowMs();
    return [...this.#bans].flatMap(([address, until]) => (until > now ? [{ address, remainingMs: Math.ceil(until - now) }] : []));
  }
}
