import type { PlaneBuild, PlaneState, RoutingPlane } from '../ports/plane.ts';
import type { PlaneBeat, PlaneFacts, PlaneHistory } from '../ports/plane-history.ts';
import type { RecordWriter } from '../ports/routing.ts';
import type { Outbox } from '../ports/store.ts';
import { type RebuildDeps, rebuildPlane } from './rebuild-plane.ts';

export interface KeepPlaneDeps extends RebuildDeps {
  readonly plane: RoutingPlane;
  readonly history: PlaneHistory;
  readonly outbox: Pick<Outbox, 'scanRecords' | 'claimFirstMark'>;
  readonly records: RecordWriter;
  /** Runs the work while no other process of this database does; null when one does. The lock cannot leak. */
  alone<T>(stop: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T | null>;
}

/** Older than the last moment both sides are known to have been together: clocks step, and what was lost is applied again for free. */
const MARGIN_MS = 60_000;
/** How often both sides note that they are together. */
const BEAT_MS = 1000;
const DELTAS_PER_TRIP = 500;

/**
 * One look at the plane (decision C7, ADR 0009). A Postgres that lost what Redis has starts a new epoch; a Redis that is new, flushed
 * or of another epoch gets every record again; one that came back on another server gets what was applied since it was last whole.
 * Only then comes the mark that lets calls be admitted by it. Any worker looks, one at a time repairs.
 */
export async function keepPlane(deps: KeepPlaneDeps, signal: AbortSignal): Promise<void> {
  const seen = await look(deps);
  if (isWhole(seen)) return beat(deps, seen);
  // Looked at again under the lock: another worker may have done it meanwhile.
  await deps.alone(signal, async (held) => repair(deps, await look(deps), held));
}

interface Look {
  readonly state: PlaneState;
  readonly beat: PlaneBeat | null;
  readonly facts: PlaneFacts;
}

/** Redis first: what it has comes from Postgres, so a Postgres that is read after it has it too, unless it lost it. */
async function look({ plane, history }: KeepPlaneDeps): Promise<Look> {
  const [state, beat] = await Promise.all([plane.readPlane(), plane.readBeat()]);
  return { state, beat, facts: await history.read() };
}

const isWhole = (seen: Look): boolean => !isBehind(seen) && seen.state.status === 'ready' && seen.state.epoch === seen.facts.epoch;

async function beat({ plane, history }: KeepPlaneDeps, { beat: last, facts }: Look): Promise<void> {
  if (last === null || facts.at - last.at >= BEAT_MS || facts.at < last.at) await plane.writeBeat(await history.advance());
}

async function repair(deps: KeepPlaneDeps, seen: Look, signal: AbortSignal): Promise<void> {
  const { state, beat: last, facts } = seen;
  if (isWhole(seen)) return;
  if (isBehind(seen)) {
    const known = Math.max(last?.epoch ?? 0, state.status === 'missing' ? 0 : state.epoch);
    const epoch = await deps.history.raiseEpoch({ epoch: known, beat: last?.beat ?? 0 });
    deps.log.error('Postgres lost what Redis has, or is another server: a new epoch begins', { epoch, confirmed: facts.isConfirmed });
    await restore(deps, { ...facts, epoch, rebuild: null }, state, signal);
  } else if (canCatchUp(deps, seen, last)) await catchUp(deps, facts, last.at - MARGIN_MS, signal);
  else await restore(deps, facts, state, signal);
}

/** True when Redis has seen what this Postgres has not: a backup was restored, or a replica promoted that had not got everything. */
function isBehind({ facts, state, beat }: Look): boolean {
  if (!facts.isConfirmed) return true;
  if (state.status !== 'missing' && state.epoch > facts.epoch) return true;
  if (beat === null || beat.epoch < facts.epoch) return false;
  return beat.epoch > facts.epoch || beat.beat > facts.beat || (beat.beat === facts.beat && beat.token !== facts.token);
}

function canCatchUp(deps: KeepPlaneDeps, { facts, state }: Look, beat: PlaneBeat | null): beat is PlaneBeat {
  if (state.status !== 'moved' || state.epoch !== facts.epoch || beat === null || beat.epoch !== facts.epoch) return false;
  return facts.at - beat.at + MARGIN_MS < deps.history.appliedKeptMs;
}

/** Applies again what was applied since then: all that a Redis with this beat can have lost. */
async function catchUp(deps: KeepPlaneDeps, facts: PlaneFacts, since: number, signal: AbortSignal): Promise<void> {
  deps.log.warn('routing plane moved to another server: applying what it may have lost', { sinceMs: facts.at - since });
  const build = await deps.plane.beginBuild(null);
  let count = 0;
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<PlaneHistory['appliedSince']>> = await deps.history.appliedSince(since, after, DELTAS_PER_TRIP);
    signal.throwIfAborted();
    await deps.records.apply(facts.epoch, page.writes);
    count += page.writes.length;
    if (page.next === null) break;
    after = page.next;
  }
  await mark(deps, facts.epoch, build, { first: false, written: count });
}

async function restore(deps: KeepPlaneDeps, facts: PlaneFacts, state: PlaneState, signal: AbortSignal): Promise<void> {
  const { plane, log, history } = deps;
  const { epoch, rebuild } = facts;
  log.warn('routing plane is not complete: rebuilding', { status: state.status, epoch });
  // An older mark must not admit calls by a mixture of what is there and what is written now.
  if (state.status !== 'missing') await plane.unmarkPlane();
  const build = await plane.beginBuild(rebuild?.epoch === epoch ? rebuild.token : null);
  const from = rebuild?.token === build.token ? rebuild : null;
  const written = await rebuildPlane(deps, { epoch, build, from }, signal);
  // Noted before the mark: should this process die in between, the next one takes the empty Redis for one that lost something.
  const first = state.status === 'missing' && (await deps.outbox.claimFirstMark());
  if (await mark(deps, epoch, build, { first, written })) await history.saveRebuild(null);
}

async function mark(
  deps: KeepPlaneDeps,
  epoch: number,
  build: PlaneBuild,
  { first, written }: { readonly first: boolean; readonly written: number },
): Promise<boolean> {
  const { plane, history, log } = deps;
  const marked = await plane.markPlane(epoch, { first, build });
  log.info('routing plane is complete', { epoch, written, marked });
  if (marked === 'marked') await plane.writeBeat(await history.advance());
  return marked === 'marked';
}
