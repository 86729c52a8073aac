import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { PlaneMetrics } from '../app/ports/metrics.ts';
import type { RoutingPlane } from '../app/ports/plane.ts';
import type { Outbox } from '../app/ports/store.ts';
import { auditPlane } from '../app/routing/audit-plane.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { createRecordInspector } from '../redis/record-inspector.ts';
import { holdLeadership } from '../store/leadership.ts';
import { postgresRouteAudit } from '../store/route-audit.ts';

interface AuditParts {
  readonly pool: pg.Pool;
  readonly redis: Redis;
  readonly plane: RoutingPlane;
  readonly outbox: Outbox;
  readonly metrics: PlaneMetrics;
  readonly wakeRelay: () => void;
  /** Records looked at a second, about; 0: no auditor. */
  readonly perSecond: number;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}

const STEPS_PER_SECOND = 2;

/** Starts the auditor of the plane: one step at a time, by one worker at a time, all workers in turn (decision C8). */
export function startAudit({ pool, redis, perSecond, lifecycle, log, ...parts }: AuditParts): void {
  if (perSecond === 0) return;
  // The product clock may be moved by tests; how long a round takes is real time.
  const deps = { audit: postgresRouteAudit(pool), inspector: createRecordInspector(redis), now: () => Date.now(), log, ...parts };
  const countMax = Math.ceil(perSecond / STEPS_PER_SECOND);
  lifecycle.add(
    startLoop({
      name: 'route audit',
      intervalMs: 1000 / STEPS_PER_SECOND,
      log,
      run: async () => {
        await holdLeadership(pool, 'route audit', () => auditPlane(deps, countMax));
        return false;
      },
    }),
  );
}
