import type { Holder } from '../../domain/account.ts';
import type { NumberType } from '../../domain/number.ts';
import type { Mode } from '../../domain/records.ts';

/** What a buyer may see of the stock (decision B8). */
export interface StockFilter {
  readonly mode: Mode;
  readonly buyer: Holder;
  readonly at: number;
  readonly country?: string;
  readonly type?: string;
  readonly e164?: string;
  /** A part of the E.164 text. */
  readonly search?: string;
  /** E.164 prefixes with their plus sign; what begins with one is left out, whatever else it matches. */
  readonly excludePrefixes?: readonly string[];
  /** With its plus sign. */
  readonly startsWith?: string;
  readonly endsWith?: string;
  readonly region?: string;
  /** True: only numbers that are kept for nobody. */
  readonly reservable?: boolean;
  /** Numbers that can do all of these. */
  readonly capabilities?: readonly string[];
}

/** How much of the stock a buyer may see is of one country and type, and of one group where it is asked for by group. */
export interface StockLevel {
  readonly country: string;
  readonly type: NumberType;
  /** null: not by group, or of none. */
  readonly group: string | null;
  readonly count: number;
  /** What any of them can do, in alphabetical order. */
  readonly capabilities: readonly string[];
}

/** A number as the platform lists it for sale. */
export interface InventoryRow {
  readonly id: string;
  readonly e164: string;
  readonly mode: Mode;
  readonly country: string;
  readonly type: string;
  readonly region: string | null;
  readonly capabilities: readonly string[];
  readonly setupFeeMinor: number;
  readonly monthlyFeeMinor: number;
  readonly currency: string;
  readonly carrierTrunkGroupId: string | null;
}
