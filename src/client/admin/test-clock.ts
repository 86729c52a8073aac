// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import type { CallOptions, Send } from '../send.ts';
import type { AdvanceTestClockAnswer, AdvanceTestClockBody } from './test-clock-wire.ts';

/** Test clock: one method an operation. */
export const testClockApi = (send: Send) => ({
  /** Move the clock of all roles forward; SIP timers, heartbeats and rates stay real. */
  advanceTestClock: (body: AdvanceTestClockBody, options?: CallOptions) =>
    send<AdvanceTestClockAnswer>({ method: 'POST', path: '/admin/v1/test-clock', json: body, answer: 'json' }, options),
});
