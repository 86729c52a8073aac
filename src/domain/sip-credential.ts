import type { DefaultCaller } from './default-caller.ts';
import type { Mode } from './records.ts';

/** A SIP login as stored: password and HA1s sealed (AES-256-GCM), never in clear outside a reading by its owner. */
export interface SipCredential {
  readonly id: string;
  readonly realm: string;
  readonly username: string;
  readonly accountId: string;
  readonly subAccountId: string | null;
  /** Set: belongs to that number and may present only it. */
  readonly numberId: string | null;
  /** E.164 of that number. */
  readonly e164: string | null;
  readonly mode: Mode;
  readonly sealedPassword: string;
  readonly sealedHa1: string;
  readonly digest: 'md5' | 'sha256' | 'both' | null;
  readonly enabled: boolean;
  /** Absent: a SIP user, or a number's own. `trunk`: the login of a trunk; `issued`: made on demand for a trunk's clients. */
  readonly purpose?: 'trunk' | 'issued' | undefined;
  readonly trunkGroupId?: string | undefined;
  readonly expiresAt?: number | undefined;
  /** What its calls out present by themselves; absent: as its trunk group says, or what they say. Never of a number's own login. */
  readonly defaultCaller?: DefaultCaller | undefined;
  /** Labels. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly tag?: string | undefined;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
