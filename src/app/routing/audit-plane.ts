import type { RecordKind } from '../../domain/records.ts';
import type { Logger } from '../../kit/log.ts';
import type { PlaneMetrics } from '../ports/metrics.ts';
import type { RoutingPlane } from '../ports/plane.ts';
import type { AuditState, Damage, FoundRecord, RecordInspector, RouteAuditStore } from '../ports/route-audit.ts';
import type { Outbox } from '../ports/store.ts';
import { REBUILD_ORDER } from './rebuild-plane.ts';

export interface AuditDeps {
  readonly audit: RouteAuditStore;
  readonly inspector: RecordInspector;
  readonly plane: Pick<RoutingPlane, 'readPlane'>;
  readonly outbox: Pick<Outbox, 'epoch'>;
  readonly metrics: Pick<PlaneMetrics, 'repaired'>;
  readonly wakeRelay: () => void;
  readonly now: () => number;
  readonly log: Logger;
}

/** What one step came to. */
interface Step {
  readonly checked: number;
  readonly next: string | null;
  readonly repaired: readonly Damage[];
}

/**
 * One step of the auditor: compares some records of Redis with their rows, or some values of Redis with what should be there, and
 * goes on from there the next time, whoever is the auditor then (decision C7). Only a complete plane is audited. Returns how many
 * were looked at.
 */
export async function auditPlane(deps: AuditDeps, countMax: number): Promise<number> {
  const [plane, epoch] = await Promise.all([deps.plane.readPlane(), deps.outbox.epoch()]);
  if (plane.status !== 'ready' || plane.epoch !== epoch) return 0;
  const before = await deps.audit.load();
  const state = before.startedAt === null ? { ...before, startedAt: deps.now() } : before;
  const { kind } = state;
  const step = kind === 'redis' ? await lookAtRedis(deps, epoch, state, countMax) : await lookAtRows(deps, kind, epoch, state, countMax);
  for (const damage of step.repaired) deps.metrics.repaired(damage, 1);
  if (step.repaired.length > 0) {
    deps.log.warn('routing plane: records repaired', { kind, count: step.repaired.length, damage: [...new Set(step.repaired)].join(' ') });
    deps.wakeRelay();
  }
  await deps.audit.save(advance(state, step, deps.now()));
  return step.checked;
}

async function lookAtRows(deps: AuditDeps, kind: RecordKind, epoch: number, { after }: AuditState, countMax: number): Promise<Step> {
  const rows = await deps.audit.page(kind, after, countMax);
  const suspects = new Set(
    (
      await deps.inspector.inspect(
        epoch,
        rows.map(({ write }) => write),
        false,
      )
    ).map(({ ref }) => ref),
  );
  const rowIds = rows.filter(({ write }) => suspects.has(write.ref)).map(({ rowId }) => rowId);
  // A change came between reading the row and reading Redis, most likely: only what is wrong while the row is held is damage.
  const judge = (at: number, writes: Parameters<RecordInspector['inspect']>[1]) => deps.inspector.inspect(at, writes, true);
  const repaired = rowIds.length === 0 ? [] : await deps.audit.repair(kind, rowIds, judge);
  const next = rows.length < countMax ? null : (rows.at(-1)?.rowId ?? null);
  return { checked: rows.length, next, repaired: repaired.map(({ damage }) => damage) };
}

async function lookAtRedis(deps: AuditDeps, epoch: number, { after }: AuditState, countMax: number): Promise<Step> {
  const { found, next } = await deps.inspector.scan(after ?? '0', countMax);
  const indexed = next === null ? await deps.inspector.indexedSources() : [];
  // Asked after Redis was read: what Redis has was committed before, so a row that is not there now is gone.
  const refs = [...found.flatMap(({ ref }) => (ref === null ? [] : [ref])), ...indexed];
  const known = await deps.audit.known(refs);
  const orphans: FoundRecord[] = found.filter(({ ref, isTombstone }) => !isTombstone && (ref === null || !known.has(ref)));
  let dropped = 0;
  for (const orphan of orphans) if (await deps.inspector.drop(epoch, orphan)) dropped += 1;
  for (const ref of indexed) {
    if (!known.has(ref) && (await deps.inspector.drop(epoch, { key: '', ref, value: '', isTombstone: true }))) dropped += 1;
  }
  return { checked: found.length, next, repaired: Array.from({ length: dropped }, () => 'orphan' as const) };
}

function advance(state: AuditState, step: Step, now: number): AuditState {
  const repairs: Partial<Record<Damage, number>> = { ...state.repairs };
  for (const damage of step.repaired) repairs[damage] = (repairs[damage] ?? 0) + 1;
  const checked = state.checked + step.checked;
  if (step.next !== null) return { ...state, repairs, checked, after: step.next };
  const following = state.kind === 'redis' ? undefined : (REBUILD_ORDER[REBUILD_ORDER.indexOf(state.kind) + 1] ?? 'redis');
  if (following !== undefined) return { ...state, repairs, checked, kind: following, after: null };
  const last = { seconds: (now - (state.startedAt ?? now)) / 1000, checked, endedAt: now };
  return { kind: 'account', after: null, rounds: state.rounds + 1, startedAt: null, checked: 0, repairs, last };
}
