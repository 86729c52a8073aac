import { parseE164 } from '../../domain/e164.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { InventoryRow } from '../ports/store.ts';

/** One row as sent; everything but the number has a default. */
export interface InventoryInput {
  readonly e164: string;
  readonly type: InventoryRow['type'] | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly capabilities: readonly string[] | null;
  readonly setupFeeMinor: number | null;
  readonly monthlyFeeMinor: number | null;
  readonly currency: string | null;
  readonly carrierTrunkGroupId: string | null;
  readonly mode: InventoryRow['mode'] | null;
}

export interface InventoryDeps extends ChangeDeps {
  readonly clock: Clock;
  readonly defaultCurrency: string;
  /** ISO country of a number by its prefix, or null. `type` is never derived (decision B39). */
  countryOf(e164: string): string | null;
}

export interface ImportReport {
  readonly created: number;
  readonly updated: number;
  readonly rejected: readonly RejectedRow[];
}
export interface RejectedRow {
  readonly index: number;
  readonly code: 'invalid_e164' | 'unknown_country' | 'duplicate' | 'owned' | 'unknown_trunk_group';
  readonly detail: string;
}

const CHUNK_ROWS = 1000;

/** Puts numbers up for sale, many at once: bad rows are told and left out, good ones go in; one audit row for the whole. */
export function importInventory(
  deps: InventoryDeps,
  actor: Actor,
  rows: readonly InventoryInput[],
): Promise<Result<Changed<ImportReport>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const rejected: RejectedRow[] = [];
    const groups = new Map<string, boolean>();
    for (const id of new Set(rows.flatMap((row) => (row.carrierTrunkGroupId === null ? [] : [row.carrierTrunkGroupId])))) {
      groups.set(id, (await tx.trunkGroups.get(id))?.kind === 'carrier');
    }
    const seen = new Set<string>();
    const good: { index: number; row: InventoryRow }[] = [];
    for (const [index, input] of rows.entries()) {
      const checked = checkRow(deps, input, seen, groups);
      if ('code' in checked) rejected.push({ index, ...checked });
      else good.push({ index, row: checked });
    }
    const tally = { created: 0, updated: 0 };
    for (let at = 0; at < good.length; at += CHUNK_ROWS) {
      const chunk = good.slice(at, at + CHUNK_ROWS);
      const outcomes = await tx.numbers.putInventory(
        chunk.map(({ row }) => row),
        deps.clock.now(),
      );
      for (const [offset, outcome] of outcomes.entries()) {
        if (outcome !== 'owned') tally[outcome] += 1;
        else rejected.push({ index: chunk[offset]?.index ?? -1, code: 'owned', detail: 'The number belongs to an account.' });
      }
    }
    await tx.audit({
      action: 'inventory.import',
      resource: 'inventory',
      accountId: null,
      before: null,
      after: { ...tally, rejected: rejected.length, first: good[0]?.row.e164 ?? null, last: good.at(-1)?.row.e164 ?? null },
    });
    return ok({ ...tally, rejected: rejected.toSorted((a, b) => a.index - b.index) });
  });
}

type Rejection = Omit<RejectedRow, 'index'>;

function checkRow(
  deps: InventoryDeps,
  input: InventoryInput,
  seen: Set<string>,
  groups: ReadonlyMap<string, boolean>,
): InventoryRow | Rejection {
  const e164 = parseE164(input.e164);
  if (e164 === null) return { code: 'invalid_e164', detail: 'Must be + and 7 to 15 digits.' };
  const mode = input.mode ?? 'live';
  const key = `${mode}${e164}`;
  if (seen.has(key)) return { code: 'duplicate', detail: 'The number is in this import twice.' };
  seen.add(key);
  const country = input.country ?? deps.countryOf(e164);
  if (country === null) return { code: 'unknown_country', detail: 'Say the country; it cannot be told from the prefix.' };
  if (input.carrierTrunkGroupId !== null && groups.get(input.carrierTrunkGroupId) !== true) {
    return { code: 'unknown_trunk_group', detail: 'carrier_trunk_group_id names no carrier trunk group.' };
  }
  return {
    id: newId(),
    e164,
    mode,
    country,
    type: input.type ?? 'local',
    region: input.region,
    capabilities: input.capabilities ?? ['voice'],
    setupFeeMinor: input.setupFeeMinor ?? 0,
    monthlyFeeMinor: input.monthlyFeeMinor ?? 0,
    currency: input.currency ?? deps.defaultCurrency,
    carrierTrunkGroupId: input.carrierTrunkGroupId,
  };
}
