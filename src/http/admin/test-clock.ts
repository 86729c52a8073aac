import { z } from 'zod';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';

const SECONDS_MAX = 10 * 366 * 86_400;

/** The clock of tests (decision B16); there only with `CLOCK=test`. */
export function testClockOperations(deps: AdminDeps): AnyOperation[] {
  const { testClock } = deps;
  if (testClock === null) return [];
  return [
    operation({
      method: 'POST',
      path: '/test-clock',
      operationId: 'advanceTestClock',
      summary: 'Move the clock of all roles forward; SIP timers, heartbeats and rates stay real.',
      tag: 'Test clock',
      body: z.object({ advance_seconds: z.number().min(0).max(SECONDS_MAX) }),
      responses: { 200: { description: 'The time it is now.', schema: z.object({ now: z.string(), offset_seconds: z.number() }) } },
      async handle({ body }) {
        const offsetMs = await testClock.advance(Math.round(body.advance_seconds * 1000));
        if (offsetMs === null)
          return err({ kind: 'unavailable', part: 'test clock', code: 'test_clock_unavailable', retryAfterSeconds: 1 });
        return ok({ status: 200, body: { now: timeText(deps.clock.now()), offset_seconds: offsetMs / 1000 } });
      },
    }),
  ];
}
