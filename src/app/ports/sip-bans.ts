import type { SipBan } from '../../domain/sip-ban.ts';

/** When a source is banned, and for how long. */
export interface BanRule {
  readonly failuresMax: number;
  readonly windowMs: number;
  readonly banMs: number;
}

/** Banned sources, shared by all agents; each ban ends by itself. Addresses are as `banAddressOf` writes them. */
export interface SipBanStore {
  /** Somebody at this address logged in: for `trustedMs` nobody there is banned. */
  trust(address: string, trustedMs: number): Promise<void>;
  /** Counts a failed login; `banned`: it was one too many. One of a trusted address counts for nothing. */
  fail(address: string, rule: BanRule): Promise<'counted' | 'banned'>;
  /** Moves with every ban and every lifting. */
  version(): Promise<string>;
  list(): Promise<readonly SipBan[]>;
  /** False when there was no such ban. */
  lift(address: string): Promise<boolean>;
}
