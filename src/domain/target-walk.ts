import type { Candidate } from './call.ts';
import type { Callee } from './callee.ts';
import type { DiversionReason } from './diversion.ts';
import type { E164 } from './e164.ts';
import type { Visit } from './fallback.ts';
import type { WantedLease } from './lease.ts';
import type { Deciding, DecisionContext } from './record-view.ts';
import type { NumberRecord } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';

/** Where in the search for targets a decision is. */
export interface Place {
  /** How many endpoints and forwarded numbers led here. */
  readonly depth: number;
  /** Why a number would pass the call on from here. */
  readonly reason: DiversionReason;
}

/** What the search for the targets of one call has come by so far. */
export interface Search {
  readonly endpoints: Set<Visit>;
  readonly numbers: Set<string>;
  /** Endpoints whose webhook turned the call away. */
  readonly turnedAway: Set<Visit>;
  /** Why forwards lead nowhere, in the order they were found. */
  readonly refusals: CallRefusalCode[];
}

/** The search for the targets of one call, at one number and one place of it. */
export interface Walk {
  readonly context: DecisionContext;
  readonly callee: Callee;
  readonly place: Place;
  readonly search: Search;
  /** What the number that a call is passed on to rings. */
  readonly ring: RingNumber;
}

/** What one number rings, by the walk that came to it. */
export type RingNumber = (walk: Omit<Walk, 'callee'>, called: E164, number: NumberRecord) => Deciding<RungNumber>;

/** Where calls of a number of ours go, or why they go nowhere. */
export interface RungNumber {
  /** null: at least one candidate is chosen. */
  readonly refusal: CallRefusalCode | null;
  readonly candidates: readonly Candidate[];
  /** Of the number and of whoever holds it. */
  readonly leases: readonly WantedLease[];
}

/** The same walk one step further. */
export const deeper = (walk: Walk): Walk => ({ ...walk, place: { ...walk.place, depth: walk.place.depth + 1 } });

/** An endpoint as one number rings it: several may ring the same, as extensions of one PBX, and that is no circle. */
export const visitOf = ({ called }: Pick<Callee, 'called'>, endpointId: string): Visit => `${endpointId} ${called}` as Visit;
