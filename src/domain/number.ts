import { err, ok, type Result } from '../kit/result.ts';
import { type Holder, sameHolder } from './account.ts';
import { type Limits, mergeLimits } from './lease.ts';
import { keptFor } from './platform-suspension.ts';
import type { Mode, SuspendedBy } from './records.ts';
import type { RequestRefusal } from './request-refusal.ts';

export type NumberType = 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';

/** A phone number as Postgres has it. `suspended` and `reserved` are derived (decisions B25, B27). */
export interface PhoneNumber {
  readonly id: string;
  readonly extId: string;
  readonly e164: string;
  readonly mode: Mode;
  readonly country: string;
  readonly type: NumberType;
  readonly region: string | null;
  readonly capabilities: readonly string[];
  readonly setupFeeMinor: number;
  readonly monthlyFeeMinor: number;
  readonly currency: string;
  readonly carrierTrunkGroupId: string | null;
  readonly holder: Holder | null;
  readonly lifecycle: 'available' | 'pending' | 'active' | 'releasing';
  readonly suspendedBy: readonly SuspendedBy[];
  /** True while another payer's order waits: the platform's suspension of the last holder's payer is laid aside, not lifted. */
  readonly suspensionAside?: true | undefined;
  readonly availableAt: number | null;
  /** In stock and kept for somebody until then; `as` is the row of the reservation. Absent: for nobody. */
  readonly reserved?: { readonly holder: Holder; readonly until: number; readonly as: string } | undefined;
  readonly lastHolder: Holder | null;
  readonly allowInbound: boolean;
  readonly allowOutbound: boolean;
  readonly endpointId: string | null;
  readonly trunkGroupId: string | null;
  readonly tags: readonly string[];
  readonly customerReference: string | null;
  /** A label of its holder's; absent: none. */
  readonly billingGroupId?: string | undefined;
  readonly deletionLock: boolean;
  /** The platform's; absent: without limit. */
  readonly limits?: Limits | undefined;
  readonly lastCallAt: number | null;
  readonly purchasedAt: number | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The life cycle as outsiders see it. */
export const lifecycleOf = (
  number: Pick<PhoneNumber, 'lifecycle' | 'suspendedBy'>,
): 'available' | 'pending' | 'active' | 'suspended' | 'releasing' =>
  number.lifecycle === 'active' && number.suspendedBy.length > 0 ? 'suspended' : number.lifecycle;

/** What every new holder starts with, whatever the one before had set (decision B7). */
export const CLEAN_SLATE = {
  allowInbound: true,
  allowOutbound: false,
  endpointId: null,
  trunkGroupId: null,
  tags: [] as readonly string[],
  customerReference: null,
  deletionLock: false,
  suspendedBy: [] as readonly SuspendedBy[],
  suspensionAside: undefined,
  limits: undefined,
  reserved: undefined,
  billingGroupId: undefined,
} as const;

/** True when `buyer` may see and buy this stock number now: nobody waits on it, or the buyer was its last holder (decision B8). */
export const isForSaleTo = (number: PhoneNumber, buyer: Holder, nowMs: number): boolean =>
  number.lifecycle === 'available' &&
  (number.availableAt === null || number.availableAt <= nowMs || sameHolder(number.lastHolder, buyer)) &&
  (!isReserved(number, nowMs) || sameHolder(number.reserved?.holder ?? null, buyer));

/** True while a number is kept for somebody: by the time alone, so that it ends by itself (decision B27). */
export const isReserved = ({ reserved }: Pick<PhoneNumber, 'reserved'>, nowMs: number): boolean =>
  reserved !== undefined && reserved.until > nowMs;

/** What a purchase takes at once. */
export const purchasePriceMinor = (number: PhoneNumber): number => number.setupFeeMinor + number.monthlyFeeMinor;

/**
 * A stock number in its buyer's hands, ordered and not in use yet; nothing that the holder before had set stays on it (decision B7).
 * `availableAt` does: the number may go back without ever having been in use, and then goes on cooling.
 */
export const handOver = (number: PhoneNumber, buyer: Holder, nowMs: number): PhoneNumber => ({
  ...number,
  ...CLEAN_SLATE,
  ...keptFor(number, buyer),
  holder: buyer,
  lifecycle: 'pending',
  purchasedAt: null,
  updatedAt: nowMs,
  version: number.version + 1,
});

/** What a holder may change on a number; absent keys stay. */
export interface NumberPatch {
  readonly allowInbound?: boolean;
  readonly allowOutbound?: boolean;
  /** Replaces the destination; null clears an endpoint and never a trunk group (decision B9). */
  readonly endpointId?: string | null;
  readonly trunkGroupId?: string | null;
  readonly suspended?: boolean;
  readonly tags?: readonly string[];
  readonly customerReference?: string | null;
  readonly billingGroupId?: string | null;
  readonly deletionLock?: boolean;
  readonly limits?: Partial<Limits>;
}

/** Who asks: decides which suspension a status change may touch. */
export type PatchedBy = 'tenant' | 'platform';

/** Decides a patch. Returns the same object when nothing changes: no version, no audit row then (decision B17). */
export function decidePatch(number: PhoneNumber, patch: NumberPatch, by: PatchedBy, nowMs: number): Result<PhoneNumber, RequestRefusal> {
  const suspended = decideSuspension(number, patch.suspended, by);
  if (!suspended.ok) return suspended;
  const next: PhoneNumber = {
    ...number,
    ...destinationAfter(number, patch),
    suspendedBy: suspended.value,
    allowInbound: patch.allowInbound ?? number.allowInbound,
    allowOutbound: patch.allowOutbound ?? number.allowOutbound,
    tags: patch.tags ?? number.tags,
    customerReference: patch.customerReference === undefined ? number.customerReference : patch.customerReference,
    billingGroupId: patch.billingGroupId === undefined ? number.billingGroupId : (patch.billingGroupId ?? undefined),
    deletionLock: patch.deletionLock ?? number.deletionLock,
    limits: mergeLimits(number.limits, patch.limits),
  };
  return ok(unchanged(number, next) ? number : { ...next, version: number.version + 1, updatedAt: nowMs });
}

function destinationAfter(number: PhoneNumber, patch: NumberPatch): Pick<PhoneNumber, 'endpointId' | 'trunkGroupId'> {
  if (patch.trunkGroupId) return { trunkGroupId: patch.trunkGroupId, endpointId: null };
  if (patch.endpointId) return { endpointId: patch.endpointId, trunkGroupId: null };
  return {
    endpointId: patch.endpointId === null ? null : number.endpointId,
    trunkGroupId: patch.trunkGroupId === null ? null : number.trunkGroupId,
  };
}

function decideSuspension(
  number: PhoneNumber,
  suspended: boolean | undefined,
  by: PatchedBy,
): Result<readonly SuspendedBy[], RequestRefusal> {
  if (suspended === undefined) return ok(number.suspendedBy);
  const others = number.suspendedBy.filter((who) => who !== by);
  if (suspended) return ok([...others, by].toSorted());
  // A tenant may lift only its own suspension (decision B25).
  if (by === 'tenant' && others.length > 0) return err({ kind: 'number_suspended', suspendedBy: others });
  return ok(others);
}

const unchanged = (a: PhoneNumber, b: PhoneNumber): boolean => JSON.stringify(a) === JSON.stringify(b);
