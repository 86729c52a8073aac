import type { NumberType, RequirementName } from './machine-state.ts';

/** A part of an order by its place, or all of it. */
export type Scope = 'all' | { readonly sub: number } | { readonly item: number };

/** One request of somebody, by indices. `by: null` is the platform on the admin face. */
export type Command =
  | { readonly do: 'credit'; readonly account: number; readonly amountMinor: number }
  | { readonly do: 'reserve'; readonly by: number; readonly numbers: readonly number[] }
  | { readonly do: 'extend'; readonly by: number; readonly reservation: number }
  | { readonly do: 'order'; readonly by: number; readonly numbers: readonly number[]; readonly group: number | null }
  | { readonly do: 'buy'; readonly by: number; readonly number: number; readonly face: 'kros' | 'vobiz' }
  | {
      readonly do: 'offer';
      readonly by: number;
      readonly order: number;
      readonly scope: Scope;
      readonly name: RequirementName;
      readonly value: string;
    }
  | { readonly do: 'rename'; readonly by: number; readonly order: number; readonly to: string | null }
  | { readonly do: 'cancel'; readonly by: number; readonly order: number; readonly sub: number }
  | { readonly do: 'attach'; readonly by: number; readonly order: number; readonly scope: Exclude<Scope, 'all'>; readonly group: number }
  | {
      readonly do: 'review';
      readonly order: number;
      readonly scope: Exclude<Scope, 'all'>;
      /** Only this one; null: all that wait. */
      readonly only: RequirementName | null;
      readonly verdict: 'approved' | 'declined';
    }
  /** `inMs` from now; null: the deadline it has. */
  | { readonly do: 'deadline'; readonly order: number; readonly item: number; readonly inMs: number | null }
  | { readonly do: 'group'; readonly by: number; readonly type: NumberType; readonly values: Partial<Record<RequirementName, string>> }
  | { readonly do: 'fill'; readonly by: number; readonly group: number; readonly name: RequirementName; readonly value: string }
  | { readonly do: 'submit'; readonly by: number; readonly group: number }
  | { readonly do: 'drop'; readonly by: number; readonly group: number }
  | { readonly do: 'judge'; readonly group: number; readonly verdict: 'approved' | 'declined' }
  | { readonly do: 'release'; readonly by: number; readonly number: number; readonly face: 'kros' | 'vobiz' | 'vobiz_now' | 'telnyx' }
  | { readonly do: 'keep'; readonly by: number; readonly number: number }
  | { readonly do: 'assign' | 'unassign'; readonly by: number; readonly number: number }
  | { readonly do: 'lock' | 'suspend'; readonly by: number | null; readonly number: number; readonly on: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  /** The worker runs what is due. */
  | { readonly do: 'work' };

/** What a request comes to, whatever face says it. */
export type Kind =
  | 'ok'
  | 'extensions'
  | 'forbidden'
  | 'insufficient_balance'
  | 'invalid'
  | 'locked'
  | 'no_such_group'
  | 'not_found'
  | 'not_in_stock'
  | 'number_suspended'
  | 'requirements_open'
  | 'reservations'
  | 'reserved'
  | 'satisfied'
  | 'wrong_state';

/** What a command must come to; `actions` are those of the audit rows it leaves, sorted (invariant 13). */
export interface Outcome {
  readonly kind: Kind;
  readonly actions: readonly string[];
}

export const refused = (kind: Kind): Outcome => ({ kind, actions: [] });
export const done = (...actions: readonly string[]): Outcome => ({ kind: 'ok', actions: actions.toSorted() });
/** It succeeds and leaves no trace (decision B17). */
export const UNCHANGED: Outcome = done();
