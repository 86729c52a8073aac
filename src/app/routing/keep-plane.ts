import type { PlaneMetrics } from '../ports/metrics.ts';
import type { RoutingPlane } from '../ports/plane.ts';
import { type RebuildDeps, rebuildPlane } from './rebuild-plane.ts';

export interface KeepPlaneDeps extends RebuildDeps {
  readonly plane: RoutingPlane;
  readonly metrics: PlaneMetrics;
}

/**
 * One look at the plane: a Redis that is new, flushed or another one than before gets every record again, and only then the mark
 * that lets calls be admitted by it (decision C7). Two workers doing so at once write the same records.
 */
export async function keepPlane(deps: KeepPlaneDeps): Promise<void> {
  const state = await deps.plane.readPlane();
  const epoch = await deps.outbox.epoch();
  if (state.status === 'ready' && state.epoch === epoch) return;
  deps.log.warn('routing plane is not complete: rebuilding', { status: state.status });
  // An older epoch's mark must not admit calls by a mixture of both.
  if (state.status !== 'missing' && state.epoch !== epoch) await deps.plane.unmarkPlane();
  const written = await rebuildPlane(deps);
  // Noted before the mark: should this process die in between, the next one takes the empty Redis for one that lost something.
  const first = state.status === 'missing' && (await deps.outbox.claimFirstMark());
  const marked = await deps.plane.markPlane(epoch, { first });
  deps.log.info('routing plane is complete', { epoch, written, marked });
}
