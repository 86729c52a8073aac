import type { RouteCallDeps } from '../../../../src/app/calls/call-routing.ts';

/** Nobody registered from anywhere. */
export const nobodyRegistered: RouteCallDeps['registered'] = {
  senders: { find: async () => null },
  bindings: { read: async () => [] },
  checks: { take: () => true },
};
