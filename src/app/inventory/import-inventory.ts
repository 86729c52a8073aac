import { parseE164 } from '../../domain/e164.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newIds } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { InventoryRow, Transaction } from '../ports/store.ts';

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

interface PlacedRow {
  readonly index: number;
  readonly key: string;
  readonly row: Omit<InventoryRow, 'id'>;
}

/** Puts numbers up for sale, many at once: bad rows are told and left out, good ones go in; one audit row for the whole. */
export function importInventory(
  deps: InventoryDeps,
  actor: Actor,
  inputs: readonly InventoryInput[],
): Promise<Result<Changed<ImportReport>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const { good, rejected } = checkRows(deps, inputs, await lockCarriers(tx, inputs));
    // Sorted, so that two imports of the same numbers queue instead of blocking each other.
    const put = await putRows(
      tx,
      good.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      deps.clock.now(),
    );
    const { created, updated } = put;
    const report = { created, updated, rejected: [...rejected, ...put.rejected].toSorted((a, b) => a.index - b.index) };
    if (created + updated > 0) {
      const after = { created, updated, rejected: report.rejected.length, first: good[0]?.row.e164, last: good.at(-1)?.row.e164 };
      await tx.audit({ action: 'inventory.import', resource: 'inventory', accountId: null, before: null, after });
    }
    return ok(report);
  });
}

/** The mode of each carrier group that the rows name; locked, so that none is deleted meanwhile. Others are absent. */
async function lockCarriers(tx: Transaction, inputs: readonly InventoryInput[]): Promise<ReadonlyMap<string, Mode>> {
  const ids = new Set(inputs.flatMap(({ carrierTrunkGroupId: id }) => (id === null ? [] : [id])));
  const carriers = new Map<string, Mode>();
  for (const id of [...ids].toSorted()) {
    const group = await tx.trunkGroups.lock(id);
    if (group?.kind === 'carrier') carriers.set(id, group.mode);
  }
  return carriers;
}

async function putRows(tx: Transaction, good: readonly PlacedRow[], at: number): Promise<ImportReport> {
  const rejected: RejectedRow[] = [];
  const tally = { created: 0, updated: 0 };
  // Ascending like the numbers: rows that go in as neighbours are neighbours in every index.
  const ids = newIds(good.length);
  for (let from = 0; from < good.length; from += CHUNK_ROWS) {
    const chunk = good.slice(from, from + CHUNK_ROWS);
    const outcomes = await tx.numbers.putInventory(
      chunk.map(({ row }, offset) => ({ ...row, id: ids[from + offset] ?? '' })),
      at,
    );
    for (const [offset, { index }] of chunk.entries()) {
      const outcome = outcomes[offset] ?? 'owned';
      if (outcome === 'owned') rejected.push({ index, code: 'owned', detail: 'The number belongs to an account.' });
      else tally[outcome] += 1;
    }
  }
  return { ...tally, rejected };
}

function checkRows(
  deps: InventoryDeps,
  inputs: readonly InventoryInput[],
  carriers: ReadonlyMap<string, Mode>,
): { readonly good: readonly PlacedRow[]; readonly rejected: readonly RejectedRow[] } {
  const seen = new Set<string>();
  const good: PlacedRow[] = [];
  const rejected: RejectedRow[] = [];
  for (const [index, input] of inputs.entries()) {
    const row = checkRow(deps, input, carriers);
    if ('code' in row) {
      rejected.push({ index, ...row });
      continue;
    }
    const key = keyOf(row);
    if (seen.has(key)) rejected.push({ index, code: 'duplicate', detail: 'The number is in this import twice.' });
    else {
      seen.add(key);
      good.push({ index, key, row });
    }
  }
  return { good, rejected };
}

const keyOf = ({ e164, mode }: Pick<InventoryRow, 'e164' | 'mode'>): string => `${e164} ${mode}`;

type Rejection = Omit<RejectedRow, 'index'>;

function checkRow(deps: InventoryDeps, input: InventoryInput, carriers: ReadonlyMap<string, Mode>): Omit<InventoryRow, 'id'> | Rejection {
  const e164 = parseE164(input.e164);
  if (e164 === null) return { code: 'invalid_e164', detail: 'Must be + and 7 to 15 digits.' };
  const mode = input.mode ?? 'live';
  const country = input.country ?? deps.countryOf(e164);
  if (country === null) return { code: 'unknown_country', detail: 'Say the country; it cannot be told from the prefix.' };
  if (input.carrierTrunkGroupId !== null && carriers.get(input.carrierTrunkGroupId) !== mode) {
    return { code: 'unknown_trunk_group', detail: 'carrier_trunk_group_id names no carrier trunk group of that mode.' };
  }
  return {
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
